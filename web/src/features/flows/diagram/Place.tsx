import { namesOf } from '../model/definition'
import classes from './Place.module.css'

/** A task by its name, with those around it in front. */
export function Place({ pointer }: { pointer: string }) {
  const names = namesOf(pointer)
  const around = names.slice(0, -1).join(' › ')
  return (
    <span className={classes.place} title={names.join(' › ')}>
      {around && (
        <span className={classes.around}>
          <bdi>{around} ›</bdi>
        </span>
      )}
      <span className={classes.name}>{names.at(-1)}</span>
    </span>
  )
}
