import type { Schemas } from '~/api/api'

export type Stage = Schemas['Stage']
export type Card = Schemas['Card']
export type PipelineStage = Schemas['PipelineStage']
export type Pipeline = Schemas['Pipeline']
