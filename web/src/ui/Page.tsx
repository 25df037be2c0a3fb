import { Title } from '@mantine/core'
import { IconChevronLeft } from '@tabler/icons-react'
import type { ReactNode } from 'react'

import type { RenderLink } from './link'
import classes from './Page.module.css'

export type PageTab = { label: string; link: RenderLink; isCurrent: boolean; count?: number }

type PageProps = {
  title: string
  /** Beside the title: a status. */
  badge?: ReactNode
  /** Under the title, in one sentence or a line of facts. */
  description?: ReactNode
  /** Buttons, the main one last. */
  actions?: ReactNode
  tabs?: readonly PageTab[]
  /** Where it belongs: the list it is an item of. */
  parent?: { label: string; link: RenderLink }
  /** `full` for canvases and boards, `narrow` for forms; others keep lines readable. */
  width?: 'normal' | 'full' | 'narrow'
  children: ReactNode
}

/** The frame of every page: its header, and the title of the browser's tab. */
export function Page({ width = 'normal', children, ...header }: PageProps) {
  return (
    <div className={width === 'full' ? classes.full : classes.page} data-width={width}>
      <PageHeader {...header} />
      {children}
    </div>
  )
}

type PageHeaderProps = Omit<PageProps, 'children' | 'width'>

function PageHeader({ title, badge, description, actions, tabs, parent }: PageHeaderProps) {
  return (
    <header className={tabs ? classes.headerWithTabs : classes.header}>
      <title>{`${title} · Handoff`}</title>
      {parent?.link({
        className: classes.parent ?? '',
        children: (
          <>
            <IconChevronLeft size={14} aria-hidden />
            {parent.label}
          </>
        ),
      })}
      <div className={classes.top}>
        <div className={classes.heading}>
          <div className={classes.titleLine}>
            <Title order={1} className={classes.title}>
              {title}
            </Title>
            {badge}
          </div>
          {description && <div className={classes.description}>{description}</div>}
        </div>
        {actions && <div className={classes.actions}>{actions}</div>}
      </div>
      {tabs && (
        <nav aria-label={`Parts of ${title}`} className={classes.tabs}>
          {tabs.map((tab) => (
            <Tab key={tab.label} {...tab} />
          ))}
        </nav>
      )}
    </header>
  )
}

function Tab({ label, link, isCurrent, count }: PageTab) {
  return link({
    className: classes.tab ?? '',
    ...(isCurrent && { 'aria-current': 'page' }),
    children: (
      <>
        {label}
        {count !== undefined && <span className={classes.count}>{count}</span>}
      </>
    ),
  })
}
