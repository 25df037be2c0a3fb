import { useNavigation } from 'react-router'

import classes from './NavigationProgress.module.css'

/** The line on top while the next page is on its way. */
export function NavigationProgress() {
  const { state } = useNavigation()
  if (state === 'idle') return null
  return <div className={classes.progress} role="progressbar" aria-label="Loading the page" />
}
