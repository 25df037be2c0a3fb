import { Mark } from '~/ui/Mark'
import classes from './Starting.module.css'

/** The whole window, until it is known who is signed in and the first page is there. */
export function Starting() {
  return (
    <div className={classes.starting} role="status" aria-label="Starting">
      <Mark size={36} />
    </div>
  )
}
