import type { ComponentProps } from 'react'
import { NavLink } from 'react-router'

import { paths } from '~/lib/paths'
import { Page } from '~/ui/Page'
import classes from './SettingsFrame.module.css'
import { SECTIONS } from './sections'

/** A page of the settings: their navigation at its left, on phones above it. */
export function SettingsFrame(props: ComponentProps<typeof Page>) {
  return (
    <div className={classes.frame}>
      <nav className={classes.nav} aria-label="Settings">
        {SECTIONS.map(({ label, items }) => (
          <div key={label} className={classes.group}>
            <div className={classes.label}>{label}</div>
            {items.map((item) => (
              <NavLink
                key={item.path}
                to={item.path}
                end={item.path === paths.settings()}
                className={classes.link ?? ''}
                ref={reveal}
              >
                {item.label}
              </NavLink>
            ))}
          </div>
        ))}
      </nav>
      <div className={classes.content}>
        <Page {...props} />
      </div>
    </div>
  )
}

/** On phones the navigation scrolls sideways: the page that is shown must be in sight there. */
function reveal(link: HTMLAnchorElement | null) {
  if (link?.ariaCurrent === 'page') link.scrollIntoView({ block: 'nearest', inline: 'center' })
}
