import { isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLMap } from 'yaml'

import type { Definition, Span } from './definition'
import { startOf, startSentence } from './starts'
import { readTasks } from './tasks'

export type Parsed = {
  /** Absent while the text is no YAML or has no tasks. */
  definition: Definition | undefined
  /** Why there is none. */
  fault: { message: string; line: number } | undefined
}

/** Reads a definition as far as a diagram needs it. What is wrong with it is for the checker to say. */
export function parseDefinition(source: string): Parsed {
  const lines = new LineCounter()
  const document = parseDocument(source, {
    lineCounter: lines,
    uniqueKeys: false,
    logLevel: 'silent',
    prettyErrors: false,
  })
  const [error] = document.errors
  if (error) {
    const { line } = lines.linePos(error.pos[0])
    return { definition: undefined, fault: { message: error.message, line } }
  }
  const root = document.contents
  if (!isMap(root)) {
    return { definition: undefined, fault: { message: 'There is nothing here yet.', line: 1 } }
  }
  const schedule: unknown = mapAt(root, 'schedule')?.toJSON()
  const about = mapAt(root, 'document')
  const name = textAt(about, 'name') ?? ''
  return {
    fault: undefined,
    definition: {
      name,
      version: textAt(about, 'version') ?? '',
      namespace: textAt(about, 'namespace') ?? '',
      title: textAt(about, 'title') ?? name,
      starts: startOf(schedule),
      startSentence: startSentence(schedule),
      tasks: readTasks(root.get('do', true), '/do'),
      functions: readFunctions(root),
    },
  }
}

/** Where the version stands in the text, to write another one there. */
export function versionSpan(source: string): Span | undefined {
  const root = parseDocument(source, { logLevel: 'silent' }).contents
  if (!isMap(root)) return undefined
  const version = mapAt(root, 'document')?.get('version', true)
  if (!isScalar(version) || !version.range) return undefined
  return { from: version.range[0], to: version.range[1] }
}

function readFunctions(root: YAMLMap) {
  const functions = mapAt(mapAt(root, 'use'), 'functions')
  if (!functions) return []
  return functions.items.flatMap((pair) => readTasks({ items: [pair] }, '/use/functions', true))
}

function mapAt(map: YAMLMap | undefined, key: string): YAMLMap | undefined {
  const node = map?.get(key, true)
  return isMap(node) ? node : undefined
}

function textAt(map: YAMLMap | undefined, key: string): string | undefined {
  const value = map?.get(key)
  return value === undefined || value === null || isMap(value) || isSeq(value)
    ? undefined
    : String(value)
}
