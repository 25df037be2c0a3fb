import { lazy, Suspense } from 'react'

import { DetailDrawer } from '~/ui/DetailDrawer'
import { BoxSkeleton } from '~/ui/Skeletons'

// Today itself stays light: the form is read when somebody answers.
const TaskDetails = lazy(() =>
  import('~/features/timeline/TaskDetails').then((module) => ({ default: module.TaskDetails })),
)

type TaskDrawerProps = { humanTaskId: string; isOpen: boolean; onClose: () => void }

/** A task with its form, beside the list. */
export function TaskDrawer({ humanTaskId, isOpen, onClose }: TaskDrawerProps) {
  return (
    <DetailDrawer isOpen={isOpen} onClose={onClose} title="Task">
      <Suspense fallback={<BoxSkeleton />}>
        <TaskDetails humanTaskId={humanTaskId} />
      </Suspense>
    </DetailDrawer>
  )
}
