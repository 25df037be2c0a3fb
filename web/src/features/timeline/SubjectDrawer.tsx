import { DetailDrawer } from '~/ui/DetailDrawer'
import { EventDetails } from './EventDetails'
import { MemoryDetails } from './MemoryDetails'
import { CallDetails, RunDetails } from './RunDetails'
import type { Subject } from './subject'
import { TaskDetails } from './TaskDetails'
import { MessageDetails, WebhookDetails } from './WebhookDetails'

const TITLES: Record<Subject['kind'], string> = {
  event: 'Event',
  webhook: 'Received webhook',
  message: 'Sent webhook',
  run: 'Run',
  call: 'Step',
  task: 'Task',
  memory: 'Memory',
}

type SubjectDrawerProps = {
  subject: Subject | undefined
  onClose: () => void
}

/** What is behind a line of the timeline, down to the bytes. */
export function SubjectDrawer({ subject, onClose }: SubjectDrawerProps) {
  return (
    <DetailDrawer
      isOpen={subject !== undefined}
      onClose={onClose}
      title={subject && TITLES[subject.kind]}
    >
      {subject && <Details subject={subject} />}
    </DetailDrawer>
  )
}

function Details({ subject }: { subject: Subject }) {
  switch (subject.kind) {
    case 'event':
      return <EventDetails position={subject.position} />
    case 'webhook':
      return <WebhookDetails deliveryId={subject.id} />
    case 'message':
      return <MessageDetails messageId={subject.id} />
    case 'run':
      return <RunDetails runId={subject.id} />
    case 'call':
      return <CallDetails runId={subject.id} number={subject.number} attempt={subject.attempt} />
    case 'task':
      return <TaskDetails humanTaskId={subject.id} />
    case 'memory':
      return <MemoryDetails memoryId={subject.id} />
  }
}
