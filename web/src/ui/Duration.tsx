import { between, formatDuration } from '~/lib/format'
import { None } from './Money'

type DurationProps =
  | { milliseconds: number | undefined }
  | { from: string | undefined; to: string | undefined }

/** How long something took. Without an end there is none yet. */
export function Duration(props: DurationProps) {
  const milliseconds = length(props)
  if (milliseconds === undefined) return <None />
  return (
    <span className="h-nowrap" title={`${milliseconds} ms`}>
      {formatDuration(milliseconds)}
    </span>
  )
}

function length(props: DurationProps): number | undefined {
  if ('milliseconds' in props) return props.milliseconds
  return props.from && props.to ? between(props.from, props.to) : undefined
}
