import type { EditorView } from '@codemirror/view'
import { SegmentedControl, Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import type { Schemas } from '~/api/api'
import compareClasses from '~/features/flows/workbench/ComparePane.module.css'
import { LazyDiff, LazyEditor } from '~/features/flows/workbench/LazyParts'
import { ProblemList } from '~/features/flows/workbench/ProblemList'
import bench from '~/ui/bench.module.css'
import { ErrorState } from '~/ui/ErrorState'
import { BoxSkeleton } from '~/ui/Skeletons'
import type { PromptDraft } from './draft'
import { PromptPreview } from './PromptPreview'
import classes from './PromptWorkbench.module.css'
import { type PromptVersion, promptVersion, SHIPPED } from './queries'
import { listedVariables } from './variables'

export type PromptPane = 'text' | 'preview' | 'compare'

const PANES = [
  { value: 'text', label: 'Text' },
  { value: 'preview', label: 'Preview' },
  { value: 'compare', label: 'Compare' },
] as const

type PromptWorkbenchProps = {
  prompt: Schemas['PromptDetail']
  versions: readonly PromptVersion[]
  draft: PromptDraft
  pane: PromptPane
  onPane: (pane: PromptPane) => void
  /** Why the text cannot be changed. */
  isReadOnly: boolean
}

/** A prompt's text to write, to try, and to compare with others. */
export function PromptWorkbench(props: PromptWorkbenchProps) {
  const { prompt, versions, draft, pane, onPane } = props
  return (
    <div className={classes.bench}>
      <div className={bench.bar}>
        <SegmentedControl
          aria-label="What is shown of the prompt"
          data={[...PANES]}
          value={pane}
          onChange={(chosen) =>
            onPane(PANES.find(({ value }) => value === chosen)?.value ?? 'text')
          }
        />
        {draft.isChanged && <span className={bench.changed}>Not published yet</span>}
      </div>
      {pane === 'text' && <TextPane {...props} />}
      {pane === 'preview' && (
        <div className={classes.pane}>
          <PromptPreview
            key={prompt.name}
            prompt={{ ...prompt, variables: listedVariables(draft.text) }}
            text={draft.text}
          />
        </div>
      )}
      {pane === 'compare' && (
        <ComparePane name={prompt.name} text={draft.text} versions={versions} />
      )}
    </div>
  )
}

function TextPane({ draft, isReadOnly }: PromptWorkbenchProps) {
  const [editor, setEditor] = useState<EditorView>()
  const goTo = async (problem: { line: number; column: number }) => {
    const { goTo: go } = await import('~/features/flows/editor/marks')
    if (editor) go(editor, problem)
  }
  return (
    <>
      <div className={bench.editor}>
        <LazyEditor
          label="Text of the prompt"
          language="prompt"
          value={draft.text}
          problems={draft.problems}
          complete={completeLater}
          onReady={setEditor}
          {...(!isReadOnly && { onChange: draft.setText })}
        />
      </div>
      <ProblemList draft={draft} onGoTo={(problem) => void goTo(problem)} />
    </>
  )
}

const completeLater: NonNullable<Parameters<typeof LazyEditor>[0]['complete']> = async (
  context,
) => {
  const { completePlaceholder } = await import('./completion')
  return completePlaceholder(context)
}

type ComparePaneProps = { name: string; text: string; versions: readonly PromptVersion[] }

/** How the text differs from another version, the shipped one first. */
function ComparePane({ name, text, versions }: ComparePaneProps) {
  const others = versions.toSorted(
    (a, b) => Number(b.version === SHIPPED) - Number(a.version === SHIPPED),
  )
  const [chosen, setChosen] = useState(SHIPPED)
  return (
    <>
      <div className={compareClasses.bar}>
        <Select
          aria-label="Compare with"
          data={others.map(({ version, in_use }) => ({
            value: version,
            label: `${version === SHIPPED ? 'Shipped' : `Version ${version}`}${in_use ? ' (in use)' : ''}`,
          }))}
          value={chosen}
          onChange={(version) => setChosen(version ?? SHIPPED)}
        />
        <span className={compareClasses.legend}>
          <span className={compareClasses.removed}>there</span>
          <span className={compareClasses.added}>here</span>
        </span>
      </div>
      <Difference key={chosen} name={name} version={chosen} text={text} />
    </>
  )
}

type DifferenceProps = { name: string; version: string; text: string }

function Difference({ name, version, text }: DifferenceProps) {
  const { data, error, refetch } = useQuery(promptVersion(name, version))
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (!data) return <BoxSkeleton lines={8} />
  if (data.text === text)
    return <p className={compareClasses.same}>The text is the same as {data.label}.</p>
  return (
    <div className={compareClasses.diff}>
      <LazyDiff
        label={`Changes since ${data.label}`}
        language="prompt"
        original={data.text}
        changed={text}
      />
    </div>
  )
}
