import { SegmentedControl } from '@mantine/core'

import { formatCompact } from '~/lib/format'
import { STATUSES } from '~/ui/status'
import classes from './Board.module.css'
import type { PipelineStage, Stage } from './types'

type StageChoiceProps = {
  stages: readonly PipelineStage[]
  value: Stage
  onChange: (stage: Stage) => void
}

/** Where there is room for one stage only. */
export function StageChoice({ stages, value, onChange }: StageChoiceProps) {
  return (
    <div className={classes.choice} ref={showChosen}>
      <SegmentedControl
        aria-label="Stage"
        data={stages.map(({ stage, count }) => ({
          value: stage,
          label: `${STATUSES[stage].label} ${formatCompact(count)}`,
        }))}
        value={value}
        onChange={(chosen) => {
          const stage = stages.find((one) => one.stage === chosen)?.stage
          if (stage) onChange(stage)
        }}
      />
    </div>
  )
}

function showChosen(choice: HTMLElement | null) {
  choice?.querySelector('[data-active]')?.scrollIntoView({ inline: 'center', block: 'nearest' })
}
