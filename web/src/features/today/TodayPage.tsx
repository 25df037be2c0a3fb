import { Kbd } from '@mantine/core'
import { IconSunHigh } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'
import { Suspense, useRef } from 'react'

import { queryClient } from '~/api/queryClient'
import { useFilters } from '~/lib/filters'
import { TextLink } from '~/lib/links'
import { paths } from '~/lib/paths'
import { EmptyState } from '~/ui/EmptyState'
import { Page } from '~/ui/Page'
import { Section } from '~/ui/Section'
import { TableSkeleton } from '~/ui/Skeletons'
import { Time } from '~/ui/Time'
import type { Act } from './actions'
import { Counts, countText } from './Counts'
import { GROUPS } from './groups'
import { ItemRow } from './ItemRow'
import { type Group, type GroupName, groupsOf, withoutItems } from './items'
import { todayFilters, todayQuery } from './queries'
import classes from './TodayPage.module.css'
import { useActing } from './useActing'
import { useRowKeys } from './useRowKeys'

export function loader() {
  void queryClient.prefetchQuery(todayQuery())
  return null
}

export default function TodayPage() {
  return (
    <Page title="Today" description={<TodayHints />}>
      <Suspense fallback={<TableSkeleton rows={6} />}>
        <TodayGroups />
      </Suspense>
    </Page>
  )
}

function TodayHints() {
  return (
    <>
      What waits for a person.{' '}
      <span className={classes.keys}>
        <Kbd size="xs">j</Kbd> <Kbd size="xs">k</Kbd> move, <Kbd size="xs">Enter</Kbd> opens,{' '}
        <Kbd size="xs">a</Kbd> does the usual thing.
      </span>
    </>
  )
}

function TodayGroups() {
  const { filter } = useFilters(todayFilters)
  const { data: today } = useSuspenseQuery(todayQuery())
  const { done, take } = useActing()
  const list = useRef<HTMLDivElement>(null)
  useRowKeys(list)

  const groups = withoutItems(groupsOf(today), done)
  const shown = groups.filter(({ name, count }) => count > 0 && (filter.only ?? name) === name)
  return (
    <>
      <Counts groups={groups} only={filter.only} />
      <div ref={list} className={classes.groups}>
        {shown.map((group) => (
          <GroupSection
            key={group.name}
            group={group}
            isAlone={filter.only === group.name}
            onAct={take}
          />
        ))}
      </div>
      {shown.length === 0 && <NothingWaits only={filter.only} at={today.at} />}
    </>
  )
}

type GroupSectionProps = {
  group: Group
  /** Whether it is the only one that is shown. */
  isAlone: boolean
  onAct: (itemKey: string, act: Act, answer?: string) => void
}

function GroupSection({ group: { name, count, items }, isAlone, onAct }: GroupSectionProps) {
  const { title, description } = GROUPS[name]
  const shown = name === 'reviews' && !isAlone ? items.slice(0, FIRST_REVIEWS) : items
  const more = count - shown.length
  return (
    <Section title={title} aside={countText(count)} description={description} isFlush>
      <ul className={classes.items} aria-label={title}>
        {shown.map((item) => (
          <ItemRow key={item.key} item={item} onAct={onAct} />
        ))}
      </ul>
      {more > 0 && <p className={classes.more}>{moreText(name, countText(more), isAlone)}</p>}
    </Section>
  )
}

/** Texts may be many, and wait more patiently than what failed. */
const FIRST_REVIEWS = 5

/** Where all of a kind are listed. */
const MORE_AT: Record<GroupName, string> = {
  approvals: paths.tasks(),
  unclear_sends: paths.alerts(),
  failed_runs: paths.runs(),
  alerts: paths.alerts(),
  overdue: paths.invoices(),
  reviews: `${paths.today()}?only=reviews`,
}

function moreText(name: GroupName, more: string, isAlone: boolean) {
  if (name === 'reviews' && isAlone) return `${more} more follow as these are reviewed.`
  return (
    <>
      {name === 'reviews' ? `${more} more.` : `${more} more, less urgent.`}{' '}
      <TextLink to={MORE_AT[name]}>Show all</TextLink>
    </>
  )
}

function NothingWaits({ only, at }: { only: keyof typeof GROUPS | undefined; at: string }) {
  if (only) {
    return (
      <EmptyState
        icon={IconSunHigh}
        title="None of these wait"
        body={<TextLink to={paths.today()}>Show everything that waits</TextLink>}
      />
    )
  }
  return (
    <EmptyState
      icon={IconSunHigh}
      title="Nothing needs you"
      body={
        <>
          Approvals, failures and what is overdue appear here by themselves. Last looked{' '}
          <Time at={at} />.
        </>
      }
    />
  )
}
