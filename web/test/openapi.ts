import { readFile } from 'node:fs/promises'

/** The committed document of the API. */
export async function readOpenApi() {
  return JSON.parse(await readFile(`${import.meta.dirname}/../../openapi.json`, 'utf8'))
}
