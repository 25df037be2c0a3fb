import { expect, test } from 'vitest'

import { readOpenApi } from '~test/openapi'
import { STATUSES } from './status'

type Schema = { enum?: string[]; oneOf?: Schema[]; const?: string }

const STATUS_SCHEMAS = [
  'ConnectionStatus',
  'ApprovalDecision',
  'ReviewDecision',
  'DeliverableStatus',
  'DeliveryStatus',
  'InvoiceStatus',
  'LeadStatus',
  'RunOutcome',
  'Severity',
  'Stage',
  'Status',
  'WebhookMessageStatus',
  'WebhookSubscriptionStatus',
]

test.each(STATUS_SCHEMAS)('every word of %s has a look', async (name) => {
  const { components } = await readOpenApi()
  const words = wordsOf(components.schemas[name])
  expect(words).not.toEqual([])
  expect(words.filter((word) => !Object.hasOwn(STATUSES, word))).toEqual([])
})

function wordsOf(schema: Schema): string[] {
  return [
    ...(schema.enum ?? []),
    ...(schema.const ? [schema.const] : []),
    ...(schema.oneOf ?? []).flatMap(wordsOf),
  ]
}
