import { Button, Chip, Group } from '@mantine/core'
import { Suspense } from 'react'

import { usePaged } from '~/api/paged'
import { useFilters } from '~/lib/filters'
import { formatDate } from '~/lib/format'
import { EmptyState } from '~/ui/EmptyState'
import { Section } from '~/ui/Section'
import { TableSkeleton } from '~/ui/Skeletons'
import classes from './ClientTimeline.module.css'
import { CallRows, EntryRow } from './EntryRow'
import { daysOf, type Row } from './grouping'
import { CHOICE_LABELS } from './looks'
import { CHOICE_NAMES, type Choice, timelineFilters, timelineList } from './queries'
import { type Subject, subjectText } from './subject'

type ClientTimelineProps = { clientId: string }

/** Everything that happened to a client and for it, newest first. */
export function ClientTimeline({ clientId }: ClientTimelineProps) {
  const { filter, setFilter, isPending } = useFilters(timelineFilters)
  const { show } = filter
  return (
    <Section title="Timeline" isFlush>
      <Choices show={show} onChange={setFilter} />
      <Suspense fallback={<TableSkeleton rows={8} />}>
        <div className={classes.list} data-stale={isPending || undefined}>
          <Days
            clientId={clientId}
            show={show}
            onOpen={(subject) => setFilter({ open: subjectText(subject) })}
            onShowAll={() => setFilter({ show: undefined })}
          />
        </div>
      </Suspense>
    </Section>
  )
}

type ChoicesProps = {
  show: Choice[] | undefined
  onChange: (filter: { show: Choice[] | undefined }) => void
}

function Choices({ show = [], onChange }: ChoicesProps) {
  const change = (chosen: string[]) => {
    const known = CHOICE_NAMES.filter((choice) => chosen.includes(choice))
    onChange({ show: known.length > 0 ? known : undefined })
  }
  return (
    <Chip.Group multiple value={show} onChange={change}>
      <Group gap={4} role="group" aria-label="Show only" className={classes.choices ?? ''}>
        {CHOICE_NAMES.map((choice) => (
          <Chip key={choice} value={choice} size="xs" variant="light">
            {CHOICE_LABELS[choice]}
          </Chip>
        ))}
      </Group>
    </Chip.Group>
  )
}

type DaysProps = {
  clientId: string
  show: Choice[] | undefined
  onOpen: (subject: Subject) => void
  onShowAll: () => void
}

function Days({ clientId, show, onOpen, onShowAll }: DaysProps) {
  const { rows: entries, more } = usePaged(timelineList(clientId, show))
  if (entries.length === 0) {
    return (
      <EmptyState
        title={show ? 'Nothing of this kind happened' : 'Nothing happened yet'}
        action={
          show && (
            <Button variant="default" onClick={onShowAll}>
              Show everything
            </Button>
          )
        }
      />
    )
  }
  return (
    <>
      {daysOf(entries).map(({ date, rows }) => (
        <section key={date} aria-label={formatDate(date)}>
          <h3 className={classes.day}>{formatDate(date)}</h3>
          <ol className={classes.rows}>
            {rows.map((row) => (
              <RowOfDay key={row.key} row={row} onOpen={onOpen} />
            ))}
          </ol>
        </section>
      ))}
      {more && (
        <div className={classes.more}>
          <Button variant="subtle" color="gray" onClick={more.load} loading={more.isLoading}>
            Load more
          </Button>
        </div>
      )}
    </>
  )
}

function RowOfDay({ row, onOpen }: { row: Row; onOpen: (subject: Subject) => void }) {
  return row.kind === 'calls' ? (
    <CallRows entries={row.entries} onOpen={onOpen} />
  ) : (
    <EntryRow entry={row.entry} onOpen={onOpen} />
  )
}
