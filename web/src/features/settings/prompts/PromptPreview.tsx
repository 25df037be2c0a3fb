import { JsonInput, Stack, Text } from '@mantine/core'
import { useForm } from '@mantine/form'

import { api } from '~/api/api'
import { asProblem, fieldErrors } from '~/api/problem'
import { CodeBlock } from '~/ui/CodeBlock'
import { FormButtons } from '~/ui/FormButtons'
import { FormError } from '~/ui/FormError'
import type { Prompt } from './queries'
import { readVariables, sampleVariables } from './variables'

type PromptPreviewProps = {
  prompt: Prompt
  /** A text that is not published; the one in use without it. */
  text?: string
}

/** What a model would be sent for variables that one types. */
export function PromptPreview({ prompt, text }: PromptPreviewProps) {
  const form = useForm({
    initialValues: { variables: sampleVariables(prompt) },
    validate: {
      variables: (typed) => {
        const read = readVariables(typed)
        return typeof read === 'string' ? read : null
      },
    },
  })
  const preview = api.useMutation('post', '/v1/prompts/{name}/preview', {
    onError: (problem) => form.setErrors(fieldErrors(problem)),
  })
  const submit = ({ variables }: typeof form.values) => {
    const read = readVariables(variables)
    if (typeof read === 'string') return
    preview.mutate({
      params: { path: { name: prompt.name } },
      body: { variables: read, ...(text !== undefined && { text }) },
    })
  }
  const isOfText = asProblem(preview.error).errors?.some(({ pointer }) => pointer === '/text')
  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="sm">
        <JsonInput
          label="Variables"
          description="As a flow would give them."
          autosize
          minRows={4}
          maxRows={16}
          classNames={{ input: 'h-mono' }}
          {...form.getInputProps('variables')}
        />
        <FormError error={isOfText || !form.errors.variables ? preview.error : undefined} />
        <FormButtons submit="Preview" isPending={preview.isPending} />
        {preview.data && (
          <>
            {preview.data.left_out.length > 0 && (
              <Text size="sm" className="h-muted">
                The prompt does not name these, so they are not sent:{' '}
                {preview.data.left_out.join(', ')}.
              </Text>
            )}
            <CodeBlock label="User" code={preview.data.user} />
            <CodeBlock label="System" code={preview.data.system} />
          </>
        )}
      </Stack>
    </form>
  )
}
