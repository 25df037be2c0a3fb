import type { Schemas } from '~/api/api'

export type FlowProblem = Schemas['FlowProblem']
export type FlowFunction = Schemas['FunctionView']
export type FlowVersionDetail = Schemas['FlowVersionDetail']
export type FlowWindow = Schemas['FigureWindow']
export type FlowPoint = Schemas['FlowPoint']
export type FlowStatistic = Schemas['FlowStatistic']
export type TryFlow = Schemas['TryFlow']
export type TriedFlow = Schemas['TriedFlow']
export type TriedTask = Schemas['TriedTask']
