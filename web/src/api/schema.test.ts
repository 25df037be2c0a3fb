import { readFile } from 'node:fs/promises'
import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript'
import { expect, test } from 'vitest'

import { readOpenApi } from '~test/openapi'

test('schema.gen.ts is what openapi.json gives; `npm run api` makes it so', async () => {
  const generated = COMMENT_HEADER + astToString(await openapiTS(await readOpenApi()))
  const committed = await readFile(`${import.meta.dirname}/schema.gen.ts`, 'utf8')
  expect(committed === generated).toBe(true)
}, 60_000)
