import type { Schemas } from '~/api/api'

type Section<Value> = { count: number; items: Value[] }

/** Something that waits for a person. Its key changes when the same thing happens once more. */
export type TodayItem =
  | { kind: 'task'; key: string; value: Schemas['AskedTask'] }
  | { kind: 'review'; key: string; value: Schemas['AwaitedReview'] }
  | { kind: 'send'; key: string; value: Schemas['UnclearSend'] }
  | { kind: 'run'; key: string; value: Schemas['FailedRun'] }
  | { kind: 'alert'; key: string; value: Schemas['AlertView'] }
  | { kind: 'overdue'; key: string; value: Schemas['Overdue'] }

export const GROUP_NAMES = [
  'approvals',
  'unclear_sends',
  'failed_runs',
  'alerts',
  'overdue',
  'reviews',
] as const

export type GroupName = (typeof GROUP_NAMES)[number]

export type Group = { name: GroupName; count: number; items: TodayItem[] }

/** From here on the API does not count, and the number is a lower bound. */
export const COUNTED_TO = 1_000

/**
 * What waits, by kind; kinds that the caller may not read are absent. Nothing is listed twice: an
 * unclear send stands for its alert and for its run that failed, and a failed run for its alert.
 */
export function groupsOf(today: Schemas['Today']): Group[] {
  const sends = today.unclear_sends?.items ?? []
  const toldAlerts = new Set(sends.map(({ alert_id }) => alert_id))
  const toldRuns = new Set(sends.map(({ run_id }) => run_id))
  const failed = today.failed_runs?.items ?? []
  const toldCauses = new Set([...sends, ...failed].map(({ run_id }) => `run.faulted:${run_id}`))
  const isToldAlert = ({ alert_id, cause }: Schemas['AlertView']) =>
    toldAlerts.has(alert_id) || toldCauses.has(cause)
  const groups = [
    group('approvals', today.approvals, (value) => ({
      kind: 'task',
      key: value.human_task_id,
      value,
    })),
    group('unclear_sends', today.unclear_sends, (value) => ({
      kind: 'send',
      key: value.alert_id,
      value,
    })),
    group(
      'failed_runs',
      without(today.failed_runs, ({ run_id }) => toldRuns.has(run_id)),
      (value) => ({
        kind: 'run',
        key: `${value.run_id} ${value.failed_at}`,
        value,
      }),
    ),
    group('alerts', without(today.alerts, isToldAlert), (value) => ({
      kind: 'alert',
      key: value.alert_id,
      value,
    })),
    group('overdue', today.overdue, (value) => ({
      kind: 'overdue',
      key: value.invoice_id ?? value.milestone_id,
      value,
    })),
    group('reviews', today.reviews, (value) => ({
      kind: 'review',
      key: `${value.deliverable_id} ${value.waits_since}`,
      value,
    })),
  ]
  return groups.filter((one) => one !== undefined)
}

/** The same without what was dealt with a moment ago, which the counts hold still. */
export function withoutItems(groups: readonly Group[], done: ReadonlySet<string>): Group[] {
  return groups.map(({ name, count, items }) => {
    const left = items.filter(({ key }) => !done.has(key))
    return { name, count: count - (items.length - left.length), items: left }
  })
}

function group<Value>(
  name: GroupName,
  section: Section<Value> | undefined,
  item: (value: Value) => TodayItem,
): Group | undefined {
  return section && { name, count: section.count, items: section.items.map(item) }
}

function without<Value>(
  section: Section<Value> | undefined,
  isTold: (value: Value) => boolean,
): Section<Value> | undefined {
  if (!section) return undefined
  const items = section.items.filter((value) => !isTold(value))
  return { count: section.count - (section.items.length - items.length), items }
}
