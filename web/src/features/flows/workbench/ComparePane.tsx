import { Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import bench from '~/ui/bench.module.css'
import { ErrorState } from '~/ui/ErrorState'
import { BoxSkeleton } from '~/ui/Skeletons'
import { flowVersion } from '../queries'
import classes from './ComparePane.module.css'
import { LazyDiff } from './LazyParts'

export type Comparable = { flow: string; digest: string; label: string }

type ComparePaneProps = { source: string; others: readonly Comparable[] }

/** How the text differs from a version that is kept, the shipped one first. */
export function ComparePane({ source, others }: ComparePaneProps) {
  const [chosen, setChosen] = useState(others[0]?.digest)
  const other = others.find(({ digest }) => digest === chosen) ?? others[0]
  return (
    <>
      <div className={bench.bar}>
        <Select
          aria-label="Compare with"
          data={others.map(({ digest, label }) => ({ value: digest, label }))}
          value={other?.digest ?? null}
          onChange={(digest) => setChosen(digest ?? undefined)}
        />
        <span className={classes.legend}>
          <span className={classes.removed}>there</span>
          <span className={classes.added}>here</span>
        </span>
      </div>
      {other && <Difference key={other.digest} source={source} other={other} />}
    </>
  )
}

function Difference({ source, other }: { source: string; other: Comparable }) {
  const { data, error, refetch } = useQuery(flowVersion(other.flow, other.digest))
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (!data) return <BoxSkeleton lines={8} />
  if (data.source === source)
    return <p className={classes.same}>The text is the same as {other.label}.</p>
  return (
    <div className={bench.editor}>
      <LazyDiff label={`Changes since ${other.label}`} original={data.source} changed={source} />
    </div>
  )
}
