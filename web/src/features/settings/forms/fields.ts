import type { Schemas } from '~/api/api'

type FormField = Schemas['FormField']
type FieldKind = Schemas['FieldKind']

/** A question as it is edited: no texts are absent, and it keeps its identity when it moves. */
export type Question = {
  key: string
  name: string
  label: string
  kind: FieldKind
  required: boolean
  options: string[]
  help: string
}

export const KINDS: readonly { value: FieldKind; label: string }[] = [
  { value: 'text', label: 'One line' },
  { value: 'paragraph', label: 'Several lines' },
  { value: 'email', label: 'E-mail address' },
  { value: 'phone', label: 'Phone number' },
  { value: 'choice', label: 'One of several' },
  { value: 'choices', label: 'Any of several' },
  { value: 'list', label: 'A list' },
]

/** What an intake has names for. Answers to other questions are kept beside these. */
export const STANDARD: readonly Omit<Question, 'key' | 'help' | 'required'>[] = [
  { name: 'company_name', label: 'Company', kind: 'text', options: [] },
  { name: 'contact_name', label: 'Your name', kind: 'text', options: [] },
  { name: 'contact_email', label: 'E-mail', kind: 'email', options: [] },
  { name: 'phone', label: 'Phone', kind: 'phone', options: [] },
  { name: 'industry', label: 'Industry', kind: 'text', options: [] },
  {
    name: 'key_services',
    label: 'What do you need?',
    kind: 'choices',
    options: ['Branding', 'Website Design', 'Social Media', 'Copywriting'],
  },
  { name: 'target_audience', label: 'Who are your customers?', kind: 'paragraph', options: [] },
  {
    name: 'unique_selling_point',
    label: 'What makes you different?',
    kind: 'paragraph',
    options: [],
  },
  { name: 'brand_values', label: 'What does your brand stand for?', kind: 'list', options: [] },
  { name: 'competitors', label: 'Who are your competitors?', kind: 'list', options: [] },
  { name: 'project_goals', label: 'What should the project achieve?', kind: 'list', options: [] },
  { name: 'budget', label: 'Budget', kind: 'text', options: [] },
  { name: 'timeline', label: 'Timeline', kind: 'text', options: [] },
]

const NEEDED = ['company_name', 'contact_email']

/** Without it nobody could be answered: it stays, and stays required. */
export function isNeeded(name: string): boolean {
  return NEEDED.includes(name)
}

export function isStandard(name: string): boolean {
  return STANDARD.some((it) => it.name === name)
}

export function hasOptions(kind: FieldKind): boolean {
  return kind === 'choice' || kind === 'choices'
}

/** The kinds that a question may have: an intake's lists stay lists, its e-mail address one. */
export function kindsFor(name: string) {
  const standard = STANDARD.find((it) => it.name === name)
  if (!standard) return KINDS
  if (name === 'contact_email') return KINDS.filter(({ value }) => value === 'email')
  return KINDS.filter(({ value }) => isList(value) === isList(standard.kind))
}

export function questionsOf(fields: readonly FormField[]): Question[] {
  return fields.map(({ name, label, kind, required, options, help }) => ({
    key: name,
    name,
    label,
    kind,
    required: required ?? false,
    options: options ?? [],
    help: help ?? '',
  }))
}

export function fieldsOf(questions: readonly Question[]): FormField[] {
  return questions.map(({ name, label, kind, required, options, help }) => ({
    name,
    label: label.trim(),
    kind,
    required,
    ...(hasOptions(kind) && { options }),
    ...(help.trim() && { help: help.trim() }),
  }))
}

const NAME_LENGTH_MAX = 40

/** `What is your budget?` → `what_is_your_budget`, and another one where that is taken. */
export function nameFor(label: string, taken: readonly string[]): string {
  const plain = label
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+|_+$/g, '')
    .slice(0, NAME_LENGTH_MAX - 3)
  const base = plain || 'question'
  if (!taken.includes(base)) return base
  let number = 2
  while (taken.includes(`${base}_${number}`)) number += 1
  return `${base}_${number}`
}

/** A question as it was changed: while it is new, its name follows its text, unless it was given one. */
export function named(
  before: Question,
  after: Question,
  questions: readonly Question[],
  saved: readonly string[],
): Question {
  const taken = questions.flatMap(({ key, name }) => (key === before.key ? [] : [name]))
  const isNew = !saved.includes(before.key) && !isStandard(before.name)
  const follows = after.name === before.name && before.name === nameFor(before.label, taken)
  return isNew && follows ? { ...after, name: nameFor(after.label, taken) } : after
}

/** What is wrong with the questions, by the place of each. */
export function problemsOf(questions: readonly Question[]): Map<number, string> {
  const problems = new Map<number, string>()
  questions.forEach(({ label, kind, options }, index) => {
    if (label.trim() === '') problems.set(index, 'Enter what the client reads.')
    else if (hasOptions(kind) && options.length === 0) {
      problems.set(index, 'Enter what can be chosen.')
    }
  })
  return problems
}

/** The same list with one thing moved by one place; unchanged at its ends. */
export function moved<Item>(items: readonly Item[], index: number, by: 1 | -1): Item[] {
  const next = [...items]
  const [item] = next.splice(index, 1)
  if (item === undefined || index + by < 0 || index + by >= items.length) return [...items]
  next.splice(index + by, 0, item)
  return next
}

function isList(kind: FieldKind): boolean {
  return kind === 'choices' || kind === 'list'
}
