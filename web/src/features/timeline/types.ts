import type { Schemas } from '~/api/api'

export type TimelineEntry = Schemas['TimelineEntry']
export type EntryKind = TimelineEntry['kind']
