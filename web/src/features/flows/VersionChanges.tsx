import { SegmentedControl } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import type { Schemas } from '~/api/api'
import { ErrorState } from '~/ui/ErrorState'
import { BoxSkeleton } from '~/ui/Skeletons'
import { flowVersion } from './queries'
import type { FlowVersionDetail } from './types'
import classes from './VersionChanges.module.css'
import { LazyDiff, LazyEditor } from './workbench/LazyParts'

type VersionChangesProps = {
  flow: string
  version: Schemas['FlowVersion']
  inUse: FlowVersionDetail | undefined
}

/** A version's text, and how it differs from the one in use. */
export function VersionChanges({ flow, version, inUse }: VersionChangesProps) {
  const { data, error, refetch } = useQuery(flowVersion(flow, version.digest))
  const isOther = inUse !== undefined && inUse.digest !== version.digest
  const [view, setView] = useState(isOther ? 'changes' : 'text')
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (!data) return <BoxSkeleton lines={10} />
  return (
    <div className={classes.view}>
      {isOther && (
        <SegmentedControl
          aria-label="What is shown"
          data={[
            { value: 'changes', label: `Changes against ${inUse.version}` },
            { value: 'text', label: 'Text' },
          ]}
          value={view}
          onChange={setView}
        />
      )}
      <div className={classes.text}>
        {isOther && view === 'changes' ? (
          <LazyDiff
            label={`What version ${version.version} changes`}
            original={inUse.source}
            changed={data.source}
          />
        ) : (
          <LazyEditor label={`Version ${version.version}`} language="yaml" value={data.source} />
        )}
      </div>
    </div>
  )
}
