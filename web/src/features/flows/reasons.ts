import type { Draft } from './workbench/draft'

type Text = Pick<Draft, 'isChanged' | 'isValid' | 'definition'>

/** Why a text cannot be saved as a version of the flow; `undefined` for a new flow. */
export function saveReason(
  { isChanged, isValid, definition }: Text,
  flow: string | undefined,
): string | undefined {
  if (!isChanged && flow) return 'Nothing was changed.'
  if (!definition) return 'The text is no sound YAML yet.'
  if (isValid === undefined) return 'The text is being checked.'
  if (!isValid) return 'Mend the errors first: they are listed under the text.'
  if (flow && definition.name !== flow) {
    return `The text names the flow ${definition.name}. To save it under that name, make a new flow.`
  }
  return undefined
}

export function startReason({ isOff }: { isOff: boolean }): string | undefined {
  return isOff ? 'The flow is switched off. Activate a version first.' : undefined
}

type Version = { in_use: boolean; version: string }

/** Why a version cannot be taken into use. */
export function activateReason({ in_use, version }: Version): string | undefined {
  return in_use ? `Version ${version} is in use already.` : undefined
}
