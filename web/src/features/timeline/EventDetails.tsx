import { useQuery } from '@tanstack/react-query'

import { Subject } from '~/lib/subjects'
import { CopyButton, Id } from '~/ui/CopyButton'
import { EmptyState } from '~/ui/EmptyState'
import { JsonView } from '~/ui/JsonView'
import { KeyValue } from '~/ui/KeyValue'
import { Time } from '~/ui/Time'
import { Fetched } from './Fetched'
import { eventAt } from './queries'

type EventDetailsProps = { position: number }

export function EventDetails({ position }: EventDetailsProps) {
  const query = useQuery(eventAt(position))
  return (
    <Fetched query={query}>
      {({ items }) => {
        const event = items.find((item) => item.position === position)?.event
        if (!event) return <EmptyState title="This event is not kept any more" />
        return (
          <>
            <KeyValue
              facts={[
                {
                  label: 'Type',
                  value: (
                    <>
                      <code className="h-mono">{event.type}</code>{' '}
                      <CopyButton value={event.type} label="Copy type" />
                    </>
                  ),
                },
                { label: 'About', value: event.subject && <Subject id={event.subject} /> },
                { label: 'Time', value: <Time at={event.time} as="full" /> },
                { label: 'Source', value: event.source },
                { label: 'Event id', value: <Id value={event.id} /> },
                { label: 'Place in the log', value: position },
              ]}
            />
            <JsonView label="Data" value={event.data} depth={3} />
            <JsonView label="Whole event" value={event} depth={0} />
          </>
        )
      }}
    </Fetched>
  )
}
