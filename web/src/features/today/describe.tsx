import {
  IconAlertTriangle,
  IconCalendarDue,
  IconChecklist,
  IconCircleX,
  IconClipboardCheck,
  IconFileText,
  IconQuestionMark,
} from '@tabler/icons-react'
import type { ReactNode } from 'react'

import { kindOf, timesOf } from '~/features/alerts/kinds'
import { formatDate, humanize, plural } from '~/lib/format'
import { paths } from '~/lib/paths'
import { sentenceOf } from '~/lib/sentence'
import { Money } from '~/ui/Money'
import { statusLook, type Tone } from '~/ui/status'
import { Time } from '~/ui/Time'
import type { TodayItem } from './items'

export type Description = {
  icon: typeof IconChecklist
  tone: Tone
  title: string
  path: string
  /** Under the title, each in a part of its own. */
  details: { key: string; text: ReactNode; isUrgent?: boolean }[]
  at?: string
  client?: { id: string; name: string }
}

export function describe(item: TodayItem): Description {
  const client = clientOf(item)
  return { ...describeKind(item), ...(client && { client }) }
}

function describeKind(item: TodayItem): Description {
  switch (item.kind) {
    case 'task':
      return describeTask(item.value)
    case 'review':
      return describeReview(item.value)
    case 'send':
      return describeSend(item.value)
    case 'run':
      return describeRun(item.value)
    case 'alert':
      return describeAlert(item.value)
    case 'overdue':
      return describeOverdue(item.value)
  }
}

type Value<Kind extends TodayItem['kind']> = Extract<TodayItem, { kind: Kind }>['value']

function describeTask(task: Value<'task'>): Description {
  const { human_task_id, title, kind, flow, assignee, asked_at, due_at, is_overdue } = task
  return {
    icon: kind === 'approval' ? IconClipboardCheck : IconChecklist,
    tone: is_overdue ? 'danger' : 'warning',
    title,
    path: paths.task(human_task_id),
    details: [
      ...(due_at
        ? [
            {
              key: 'due',
              text: (
                <>
                  Due <Time at={due_at} />
                </>
              ),
              isUrgent: is_overdue,
            },
          ]
        : []),
      ...(assignee ? [{ key: 'assignee', text: `For ${assignee}` }] : []),
      { key: 'flow', text: flow },
    ],
    at: asked_at,
  }
}

function describeReview(deliverable: Value<'review'>): Description {
  const { deliverable_id, type, ai_model, is_edited, is_attached, waits_since } = deliverable
  return {
    icon: IconFileText,
    tone: 'warning',
    title: humanize(type),
    path: paths.deliverable(deliverable_id),
    details: [
      {
        key: 'proposal',
        text: is_attached ? 'In the proposal' : 'Not in the proposal before it is approved',
      },
      { key: 'author', text: is_edited ? 'Changed by hand' : `Written by ${ai_model}` },
    ],
    at: waits_since,
  }
}

function describeSend(call: Value<'send'>): Description {
  const { function: name, run_id, run_status, attempt, flow, gist, at } = call
  return {
    icon: IconQuestionMark,
    tone: 'warning',
    title: `${name}: nobody knows whether it was done`,
    path: paths.run(run_id),
    details: [
      ...gist.map(({ name, value }) => ({ key: name, text: `${humanize(name)}: ${value}` })),
      ...(flow ? [{ key: 'flow', text: flow }] : []),
      ...(run_status && run_status !== 'faulted'
        ? [{ key: 'run', text: RUN_WENT_ON[run_status] ?? 'Its run goes on without it' }]
        : []),
      ...(attempt ? [{ key: 'attempt', text: `Attempt ${attempt}` }] : []),
    ],
    at,
  }
}

/** What became of the run of an unclear send, where it did not stop there. */
const RUN_WENT_ON: Readonly<Record<string, string>> = {
  completed: 'Its run was completed without it',
  cancelled: 'Its run was cancelled',
}

function describeRun({ run_id, flow, error, error_detail, failed_at }: Value<'run'>): Description {
  return {
    icon: IconCircleX,
    tone: 'danger',
    title: `${flow} failed`,
    path: paths.run(run_id),
    details: [{ key: 'error', text: sentenceOf(error_detail ?? error) }],
    at: failed_at,
  }
}

function describeAlert(alert: Value<'alert'>): Description {
  const { title, kind, severity, occurrences, last_at } = alert
  return {
    icon: IconAlertTriangle,
    tone: statusLook(severity).tone,
    title,
    path: paths.alerts(),
    details: [
      { key: 'kind', text: kindOf(kind).label },
      ...(occurrences > 1 ? [{ key: 'times', text: timesOf(alert) }] : []),
    ],
    at: last_at,
  }
}

function describeOverdue(overdue: Value<'overdue'>): Description {
  const { invoice_id, number, title, due_on, days_overdue, amount, project_id } = overdue
  return {
    icon: IconCalendarDue,
    tone: 'danger',
    title: number ? `${number}: ${title}` : `Milestone: ${title}`,
    path: invoice_id ? paths.invoice(invoice_id) : paths.project(project_id),
    details: [
      {
        key: 'due',
        text: (
          <span title={`Due on ${formatDate(due_on)}`}>{plural(days_overdue, 'day')} overdue</span>
        ),
        isUrgent: true,
      },
      ...(amount ? [{ key: 'amount', text: <Money value={amount} /> }] : []),
    ],
  }
}

function clientOf(item: TodayItem): Description['client'] {
  if (item.kind === 'alert') return undefined
  const { client_id, company_name } = item.value
  return client_id && company_name ? { id: client_id, name: company_name } : undefined
}
