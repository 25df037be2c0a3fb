import { answerOf, client, idempotent } from '~/api/api'
import type { Permission } from '~/features/session/may'
import { humanize } from '~/lib/format'
import { given } from '~/lib/given'
import { paths } from '~/lib/paths'
import type { TodayItem } from './items'

/** What is asked before an action is taken. */
export type Question = {
  /** What will happen, where the button does not say it. */
  text?: string
  field?: { label: string; isRequired: boolean; isLong: boolean }
  isDangerous?: boolean
}

type Common = {
  label: string
  /** Pressed while its row has the focus. */
  key: string
  /** Why it cannot be done now. */
  reason?: string | undefined
}

export type Act = Common & {
  kind: 'act'
  /** What the toast says afterwards. */
  done: string
  ask?: Question
  send: (answer: string) => Promise<unknown>
}

export type ItemAction =
  | Act
  | (Common & { kind: 'open'; path: string })
  /** Shows a task with its form. */
  | (Common & { kind: 'answer'; humanTaskId: string })

/** Why the caller lacks a permission; nothing where it is held. */
export type Refusals = (permission: Permission) => string | undefined

/** What can be done about an item, the usual thing first. */
export function actionsOf(item: TodayItem, refusal: Refusals): ItemAction[] {
  switch (item.kind) {
    case 'task':
      return taskActions(item.value, refusal)
    case 'review':
      return reviewActions(item.value, refusal('review:deliverables'))
    case 'send':
      return sendActions(item.value, refusal)
    case 'run':
      return runActions(item.value.run_id, refusal('write:runs'))
    case 'alert':
      return [resolve(item.value.alert_id, item.value.title, refusal('write:alerts'))]
    case 'overdue':
      return overdueActions(item.value, refusal)
  }
}

type Value<Kind extends TodayItem['kind']> = Extract<TodayItem, { kind: Kind }>['value']

function taskActions(task: Value<'task'>, refusal: Refusals): ItemAction[] {
  const { human_task_id, title, kind } = task
  const notForThem = task.is_answerable ? undefined : 'This task is for other roles than yours.'
  const reason = refusal('write:human_tasks') ?? notForThem
  if (kind !== 'approval') {
    return [{ kind: 'answer', label: 'Complete', key: 'a', reason, humanTaskId: human_task_id }]
  }
  const decide = (decision: 'approved' | 'rejected') => (comment: string) =>
    answerOf(
      client.POST('/v1/human-tasks/{human_task_id}/decide', {
        params: { path: { human_task_id }, header: idempotent() },
        body: { decision, ...given({ comment: comment || undefined }) },
      }),
    )
  const field = { label: 'Comment', isRequired: false, isLong: true }
  return [
    {
      kind: 'act',
      label: 'Approve',
      key: 'a',
      reason,
      done: `Approved: ${title}`,
      ask: { field },
      send: decide('approved'),
    },
    {
      kind: 'act',
      label: 'Reject',
      key: 'x',
      reason,
      done: `Rejected: ${title}`,
      ask: { field, isDangerous: true },
      send: decide('rejected'),
    },
  ]
}

function reviewActions(
  { deliverable_id, type, updated_at }: Value<'review'>,
  reason: string | undefined,
): ItemAction[] {
  const review = (decision: 'approve' | 'reject') => (note: string) =>
    answerOf(
      client.PUT('/v1/deliverables/{deliverable_id}/review', {
        params: { path: { deliverable_id }, header: idempotent() },
        body: { decision, seen_updated_at: updated_at, ...given({ note: note || undefined }) },
      }),
    )
  return [
    {
      kind: 'act',
      label: 'Approve',
      key: 'a',
      reason,
      done: `Approved: ${humanize(type)}`,
      ask: { field: { label: 'Note', isRequired: false, isLong: true } },
      send: review('approve'),
    },
    {
      kind: 'act',
      label: 'Reject',
      key: 'x',
      reason,
      done: `Rejected: ${humanize(type)}`,
      ask: {
        field: { label: 'What is wrong', isRequired: true, isLong: true },
        isDangerous: true,
      },
      send: review('reject'),
    },
  ]
}

function sendActions(call: Value<'send'>, refusal: Refusals): ItemAction[] {
  const { run_id, run_status, alert_id, function: name } = call
  const hasNotFailed =
    run_status === 'faulted' ? undefined : `The run is ${run_status ?? 'not kept any more'}.`
  const reason = refusal('write:runs') ?? hasNotFailed
  return [
    {
      ...resolve(alert_id, name, refusal('write:alerts')),
      ask: {
        text: 'It leaves this list, and nothing is sent again: if it was not done, do it by hand first.',
      },
    },
    {
      ...retry(run_id, reason),
      ask: {
        text: 'Look at the other side first: if it was done, it is done twice.',
        isDangerous: true,
      },
    },
    skip(run_id, reason),
  ]
}

function runActions(runId: string, reason: string | undefined): ItemAction[] {
  return [retry(runId, reason), skip(runId, reason), cancel(runId, reason)]
}

function retry(run_id: string, reason: string | undefined): Act {
  return {
    kind: 'act',
    label: 'Retry',
    key: 'a',
    reason,
    done: 'The run goes on from the step that failed',
    send: () =>
      answerOf(
        client.POST('/v1/runs/{run_id}/retry', {
          params: { path: { run_id }, header: idempotent() },
        }),
      ),
  }
}

function skip(run_id: string, reason: string | undefined): Act {
  return {
    kind: 'act',
    label: 'Skip step',
    key: 's',
    reason,
    done: 'The run goes on behind the step that failed',
    ask: {
      text: 'The run goes on as if the step had given its own input.',
      field: { label: 'Why', isRequired: true, isLong: false },
    },
    send: (answer) =>
      answerOf(
        client.POST('/v1/runs/{run_id}/skip', {
          params: { path: { run_id }, header: idempotent() },
          body: { reason: answer },
        }),
      ),
  }
}

function cancel(run_id: string, reason: string | undefined): Act {
  return {
    kind: 'act',
    label: 'Cancel run',
    key: 'x',
    reason,
    done: 'Run cancelled',
    ask: {
      text: 'What the run did stays done. It cannot go on afterwards.',
      field: { label: 'Why', isRequired: false, isLong: false },
      isDangerous: true,
    },
    send: (answer) =>
      answerOf(
        client.POST('/v1/runs/{run_id}/cancel', {
          params: { path: { run_id }, header: idempotent() },
          body: { reason: answer },
        }),
      ),
  }
}

function resolve(alert_id: string, title: string, reason: string | undefined): Act {
  return {
    kind: 'act',
    label: 'Resolve',
    key: 'e',
    reason,
    done: `Resolved: ${title}`,
    send: () =>
      answerOf(
        client.POST('/v1/alerts/{alert_id}/resolution', {
          params: { path: { alert_id }, header: idempotent() },
        }),
      ),
  }
}

function overdueActions(overdue: Value<'overdue'>, refusal: Refusals): ItemAction[] {
  const { invoice_id, number, project_id } = overdue
  if (!invoice_id) {
    return [{ kind: 'open', label: 'Open project', key: 'a', path: paths.project(project_id) }]
  }
  return [
    {
      kind: 'act',
      label: 'Mark paid',
      key: 'a',
      reason: refusal('write:invoices'),
      done: `${number ?? 'Invoice'} is paid`,
      ask: {
        text: 'In full, by a payment that arrived elsewhere.',
        field: { label: 'Payment reference', isRequired: true, isLong: false },
      },
      send: (answer) =>
        answerOf(
          client.POST('/v1/invoices/{invoice_id}/pay', {
            params: { path: { invoice_id }, header: idempotent() },
            body: { payment_reference: answer },
          }),
        ),
    },
    { kind: 'open', label: 'Open', key: 'o', path: paths.invoice(invoice_id) },
  ]
}
