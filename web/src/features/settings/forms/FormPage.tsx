import { useSuspenseQuery } from '@tanstack/react-query'
import { type LoaderFunctionArgs, useParams } from 'react-router'

import { answerOf, api, client, idempotent } from '~/api/api'
import { Part } from '~/api/Part'
import { usePaged } from '~/api/paged'
import { queryClient } from '~/api/queryClient'
import { useMay } from '~/features/session/may'
import { linkTo } from '~/lib/links'
import { paths } from '~/lib/paths'
import { ActionButton } from '~/ui/ActionButton'
import { CodeBlock } from '~/ui/CodeBlock'
import { CopyButton } from '~/ui/CopyButton'
import { DataTable } from '~/ui/DataTable'
import { EmptyState } from '~/ui/EmptyState'
import { ExternalLink } from '~/ui/ExternalLink'
import { notifyProblem, notifyWithUndo } from '~/ui/notify'
import { Section } from '~/ui/Section'
import { TableSkeleton } from '~/ui/Skeletons'
import { SettingsFrame } from '../SettingsFrame'
import { FormState, submissionColumns } from './columns'
import { FormDetails } from './FormDetails'
import { Questions } from './Questions'
import { formDetail, formsChanged, submissionList } from './queries'

export function loader({ params }: LoaderFunctionArgs) {
  const formId = params.formId ?? ''
  void queryClient.prefetchQuery(formDetail(formId))
  void queryClient.prefetchInfiniteQuery(submissionList(formId))
  return null
}

export default function FormPage() {
  const { formId = '' } = useParams()
  const { data: form } = useSuspenseQuery(formDetail(formId))
  const may = useMay('write:forms')
  const address = window.location.origin + form.path
  const toggle = api.useMutation('patch', '/v1/intake-forms/{form_id}', {
    onSuccess: async ({ is_active }) => {
      await formsChanged()
      const message = is_active ? 'The form can be filled in again' : 'The form is closed'
      notifyWithUndo(message, () => setOpen(formId, !is_active))
    },
    onError: notifyProblem,
  })
  return (
    <SettingsFrame
      title={form.title}
      badge={<FormState isActive={form.is_active} />}
      description={
        <>
          <ExternalLink href={address}>Open the public page</ExternalLink>{' '}
          <CopyButton value={address} label="Copy its address" />
        </>
      }
      parent={{ label: 'Intake forms', link: linkTo(paths.forms()) }}
      actions={
        <ActionButton
          variant="default"
          reason={may.reason}
          loading={toggle.isPending}
          onClick={() =>
            toggle.mutate({
              params: { path: { form_id: formId }, header: idempotent() },
              body: { is_active: !form.is_active },
            })
          }
        >
          {form.is_active ? 'Close form' : 'Open form again'}
        </ActionButton>
      }
    >
      <Questions key={`questions ${form.updated_at}`} form={form} />
      <FormDetails key={`details ${form.updated_at}`} form={form} />
      <Section
        title="Embed"
        description="Put this line where the form belongs, on a site that may embed it."
      >
        <CodeBlock label="HTML" code={`<script src="${address}/embed.js" async></script>`} />
      </Section>
      <Section title="Submissions" isFlush>
        <Part loading={<TableSkeleton rows={4} />}>
          <Submissions formId={formId} />
        </Part>
      </Section>
    </SettingsFrame>
  )
}

async function setOpen(form_id: string, is_active: boolean) {
  const params = { path: { form_id }, header: idempotent() }
  await answerOf(client.PATCH('/v1/intake-forms/{form_id}', { params, body: { is_active } }))
  await formsChanged()
}

function Submissions({ formId }: { formId: string }) {
  const { rows, more } = usePaged(submissionList(formId))
  return (
    <DataTable
      label="Submissions"
      rows={rows}
      columns={submissionColumns}
      rowKey={({ submission_id }) => submission_id}
      rowLink={({ lead_id }) => linkTo(paths.lead(lead_id))}
      more={more}
      empty={<EmptyState title="Nobody has filled it in yet" />}
    />
  )
}
