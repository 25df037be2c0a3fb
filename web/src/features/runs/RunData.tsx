import { EmptyState } from '~/ui/EmptyState'
import { JsonView } from '~/ui/JsonView'
import type { Run } from './contract'
import classes from './RunPage.module.css'

/** What went into the run and what came out. */
export function RunData({ run }: { run: Run }) {
  const { input, output, error } = run
  if (input === undefined && output === undefined && error === undefined) {
    return <EmptyState title="No output yet" body="It is there when the run has completed." />
  }
  return (
    <div className={classes.data}>
      {input !== undefined && <JsonView label="Input" value={input} />}
      {output !== undefined && <JsonView label="Output" value={output} />}
      {error !== undefined && <JsonView label="Error" value={error} />}
    </div>
  )
}
