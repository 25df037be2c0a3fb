import { expect, test } from 'vitest'

import { actorName } from './actorName'

const names = new Map([['member:person_1', 'Ada Lovelace']])

test.each([
  ['member:person_1', 'Ada Lovelace'],
  ['member:person_01h455vb4pex5vsknk084sn02q', 'Member person_…4sn02q'],
  ['token:NqSLg7N3qZsU', 'Token NqSLg7N3qZsU'],
  ['flow:run_01h455vb4pex5vsknk084sn02q', 'Flow run_…4sn02q'],
  ['client.intake.submitted', 'client.intake.submitted'],
  ['toString:x', 'toString:x'],
])('the name of %s', (actor, name) => {
  expect(actorName(actor, names)).toBe(name)
})
