import { Button, Stack } from '@mantine/core'
import { IconPlayerPlay } from '@tabler/icons-react'
import { useState } from 'react'

import { api } from '~/api/api'
import { FormError } from '~/ui/FormError'
import { allTasks, type Definition } from '../model/definition'
import type { TriedFlow, TryFlow } from '../types'
import { JsonField, readJson } from './JsonField'
import { TriedResult } from './TriedResult'
import classes from './TryPane.module.css'
import { useTryInput } from './useTryInput'

type TryPaneProps = {
  source: string
  definition: Definition | undefined
  tried: TriedFlow | undefined
  onTried: (tried: TriedFlow) => void
  selected: string | undefined
  onSelect: (pointer: string | undefined) => void
}

/** Plays the text in memory: nothing is called, nothing is kept. */
export function TryPane(props: TryPaneProps) {
  const { source, definition, tried, onTried, selected, onSelect } = props
  const { input, setInput, origin } = useTryInput(source)
  const [answers, setAnswers] = useState('{}')
  const [events, setEvents] = useState('[]')
  const hears = allTasks(definition?.tasks ?? []).find(({ kind }) => kind === 'listen')
  const [errors, setErrors] = useState<Partial<Record<'input' | 'answers' | 'events', string>>>({})
  const attempt = api.useMutation('post', '/v1/flows/try', { onSuccess: onTried })

  const run = () => {
    const [given, prepared, coming] = [readJson(input), readJson(answers), readJson(events)]
    setErrors({
      ...(given.error && { input: given.error }),
      ...(prepared.error && { answers: prepared.error }),
      ...(coming.error && { events: coming.error }),
    })
    if (given.error || prepared.error || coming.error) return
    // The server says what is wrong with their form.
    const wanted = { answers: prepared.value ?? {}, events: coming.value ?? [] } as Partial<TryFlow>
    attempt.mutate({ body: { source, input: given.value, ...wanted } })
  }

  return (
    <div className={classes.pane}>
      <Stack gap="sm">
        <p className={classes.hint}>
          Runs the text as it stands, in memory. Nothing is sent and nothing is kept; calls get the
          answers below, or else a sample made from what their function gives.
        </p>
        <JsonField
          label="Input"
          description={origin}
          value={input}
          onChange={setInput}
          error={errors.input}
        />
        <JsonField
          label="Answers"
          description={'By function or place: {"slack.post_message": {"output": {"ts": "1"}}}'}
          value={answers}
          onChange={setAnswers}
          error={errors.answers}
        />
        {hears && (
          <JsonField
            label="Events"
            description={`That come meanwhile: [{"type": "${hears.detail}", "data": {}, "after": "PT5M"}]`}
            value={events}
            onChange={setEvents}
            error={errors.events}
          />
        )}
        <FormError error={attempt.error} />
        <div>
          <Button
            leftSection={<IconPlayerPlay size={15} aria-hidden />}
            loading={attempt.isPending}
            onClick={run}
          >
            Try it
          </Button>
        </div>
        {tried && <TriedResult tried={tried} selected={selected} onSelect={onSelect} />}
      </Stack>
    </div>
  )
}
