export type EventGroup = {
  /** What its types begin with. */
  prefix: string
  label: string
  types: readonly { type: string; means: string }[]
}

/** The events that the program itself tells of; flows may emit others. */
export const EVENT_GROUPS: readonly EventGroup[] = [
  {
    prefix: 'client',
    label: 'Clients',
    types: [
      { type: 'client.created', means: 'Somebody wrote for the first time.' },
      { type: 'client.updated', means: 'Its name, address or contact was corrected by hand.' },
      { type: 'client.stage.changed', means: 'A client moved along the pipeline.' },
      { type: 'client.intake.submitted', means: 'A client filled in an intake form.' },
    ],
  },
  {
    prefix: 'lead',
    label: 'Leads',
    types: [
      { type: 'lead.created', means: 'A request came in.' },
      { type: 'lead.updated', means: 'A further request was merged into an open lead.' },
      { type: 'lead.assessed', means: 'Complexity, hours and package were estimated.' },
      { type: 'lead.changed', means: 'Its status or details were changed.' },
      { type: 'lead.linked', means: 'It is known at the invoice system, too.' },
    ],
  },
  {
    prefix: 'deliverable',
    label: 'Deliverables',
    types: [
      { type: 'deliverable.saved', means: 'A deliverable was written, or written anew.' },
      { type: 'deliverable.edited', means: 'Somebody changed its text by hand.' },
      { type: 'deliverable.reviewed', means: 'Somebody approved or rejected it.' },
      { type: 'deliverable.linked', means: 'It has a page in another system.' },
    ],
  },
  {
    prefix: 'proposal',
    label: 'Proposals',
    types: [{ type: 'proposal.created', means: 'A proposal is ready to be read.' }],
  },
  {
    prefix: 'project',
    label: 'Projects',
    types: [
      { type: 'project.created', means: 'Work was agreed on.' },
      { type: 'project.status.changed', means: 'Its status changed.' },
      { type: 'project.updated', means: 'Its progress or next steps changed.' },
      { type: 'project.linked', means: 'It is known in another system, too.' },
    ],
  },
  {
    prefix: 'milestone',
    label: 'Milestones',
    types: [
      { type: 'milestone.completed', means: 'A part of a project is done and can be invoiced.' },
      { type: 'milestone.reported', means: 'The assistant reported one as done.' },
    ],
  },
  {
    prefix: 'invoice',
    label: 'Invoices',
    types: [
      { type: 'invoice.issued', means: 'It has its number and is payable.' },
      { type: 'invoice.paid', means: 'It was paid in full.' },
      { type: 'invoice.voided', means: 'It is not payable any more.' },
    ],
  },
  {
    prefix: 'flow.run',
    label: 'Runs',
    types: [
      { type: 'flow.run.completed', means: 'A run reached its end.' },
      { type: 'flow.run.faulted', means: 'A run stopped at an error.' },
      { type: 'flow.run.cancelled', means: 'A run was ended by hand.' },
      { type: 'flow.run.suspended', means: 'A run was paused by hand.' },
      { type: 'flow.run.resumed', means: 'A paused run goes on.' },
    ],
  },
  {
    prefix: 'human_task',
    label: 'Tasks for people',
    types: [
      { type: 'human_task.opened', means: 'A run waits for somebody.' },
      { type: 'human_task.completed', means: 'Somebody answered.' },
    ],
  },
  {
    prefix: 'alert',
    label: 'Alerts',
    types: [
      { type: 'alert.raised', means: 'Something needs attention.' },
      { type: 'alert.resolved', means: 'It is over.' },
    ],
  },
  {
    prefix: 'connection',
    label: 'Connections',
    types: [
      { type: 'connection.changed', means: 'The settings of a connection were replaced.' },
      { type: 'connection.tested', means: 'A connection was tried.' },
    ],
  },
]

const KNOWN = EVENT_GROUPS.flatMap(({ types }) => types.map(({ type }) => type))

/** The known types as choices, with the one that is chosen already. */
export function typeOptions(chosen?: string): { value: string; label: string }[] {
  const isOther = chosen !== undefined && !KNOWN.includes(chosen)
  return [...(isOther ? [chosen] : []), ...KNOWN].map((type) => ({ value: type, label: type }))
}

export const EVERYTHING = '*'

/** What a subscription to this type, or these types, is told of. */
export function meaningOf(name: string): string {
  if (name === EVERYTHING) return 'Every event, also those of flows.'
  const group = EVENT_GROUPS.find(({ prefix }) => name === `${prefix}.*`)
  if (group) return group.types.map(({ means }) => means).join(' ')
  const known = EVENT_GROUPS.flatMap(({ types }) => types).find(({ type }) => type === name)
  return known?.means ?? 'An event of your flows.'
}

/** Whether one of the names covers the type: itself, a beginning (`lead.*`), or `*`. */
export function covers(names: readonly string[], type: string): boolean {
  return names.some(
    (name) =>
      name === EVERYTHING ||
      name === type ||
      (name.endsWith('.*') && type.startsWith(name.slice(0, -1))),
  )
}

/** The same choice with a type added or taken away. */
export function toggled(names: readonly string[], type: string): string[] {
  return names.includes(type) ? names.filter((name) => name !== type) : [...names, type]
}

/** The same choice with a whole group chosen, which makes its single types needless, or not. */
export function groupToggled(names: readonly string[], { prefix }: EventGroup): string[] {
  const all = `${prefix}.*`
  const others = names.filter((name) => name !== all && !name.startsWith(`${prefix}.`))
  return names.includes(all) ? others : [...others, all]
}

/** What is chosen beside the known types. */
export function otherTypes(names: readonly string[]): string[] {
  const groups = EVENT_GROUPS.map(({ prefix }) => `${prefix}.*`)
  const known = new Set([EVERYTHING, ...KNOWN, ...groups])
  return names.filter((name) => !known.has(name))
}
