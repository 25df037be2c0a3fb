import { Skeleton } from '@mantine/core'
import { type ComponentProps, lazy, Suspense } from 'react'

import classes from './LazyParts.module.css'

const Diagram = lazy(async () => {
  const { FlowDiagram } = await import('../diagram/FlowDiagram')
  return { default: FlowDiagram }
})

const Editor = lazy(async () => {
  const { CodeEditor } = await import('../editor/CodeEditor')
  return { default: CodeEditor }
})

const Diff = lazy(async () => {
  const { DiffView } = await import('../editor/DiffView')
  return { default: DiffView }
})

/** The diagram, whose library is loaded when it is first needed. */
export function LazyDiagram(props: ComponentProps<typeof Diagram>) {
  return (
    <Suspense fallback={<Waiting />}>
      <Diagram {...props} />
    </Suspense>
  )
}

/** The editor, likewise. */
export function LazyEditor(props: ComponentProps<typeof Editor>) {
  return (
    <Suspense fallback={<Waiting />}>
      <Editor {...props} />
    </Suspense>
  )
}

export function LazyDiff(props: ComponentProps<typeof Diff>) {
  return (
    <Suspense fallback={<Waiting />}>
      <Diff {...props} />
    </Suspense>
  )
}

function Waiting() {
  return (
    <div className={classes.waiting} role="status" aria-label="Loading">
      <Skeleton height={10} width="45%" />
      <Skeleton height={10} width="70%" />
      <Skeleton height={10} width="55%" />
    </div>
  )
}
