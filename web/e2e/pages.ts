import type { Page } from '@playwright/test'

import { ask, type Program } from './program'

/** A page of the app, or a state of one: its address, and what is done there before it is looked at. */
export interface Shown {
  name: string
  path: string
  act?: (page: Page) => Promise<unknown>
}

const press = (name: string | RegExp) => (page: Page) =>
  page.getByRole('button', { name }).first().click()

/** What is seen before anybody is signed in. */
export async function doorsOf(program: Program): Promise<Shown[]> {
  const invitation = { email: 'linus@agency.example', role: 'staff' }
  const { link } = await ask(program, 'POST', '/v1/invitations', invitation)
  return [
    { name: 'sign-in', path: '/sign-in' },
    { name: 'sign-in-cancelled', path: '/sign-in?problem=sign-in-cancelled' },
    { name: 'forgot-password', path: '/forgot-password' },
    { name: 'reset-password', path: '/reset-password#sample' },
    { name: 'reset-password-incomplete', path: '/reset-password' },
    { name: 'accept-invitation', path: `/accept-invitation${new URL(link).hash}` },
    { name: 'accept-invitation-over', path: '/accept-invitation#sample' },
  ]
}

/** Every page of `routes.tsx` behind the door, with something on it. */
export async function pagesOf(program: Program): Promise<Shown[]> {
  const first = async (path: string, id: string, of = (_: Record<string, unknown>) => true) => {
    const { items } = await ask(program, 'GET', path)
    const found = items.find(of)
    if (!found) throw new Error(`${path} has nothing to show`)
    return found[id]
  }
  const client = await first('/v1/clients?text=northwind', 'client_id')
  const paid = await first('/v1/invoices?status=paid', 'invoice_id')
  const lead = await first(`/v1/leads?client_id=${client}`, 'lead_id')
  return [
    { name: 'today', path: '/' },
    { name: 'pipeline', path: '/pipeline' },
    { name: 'clients', path: '/clients' },
    { name: 'client', path: `/clients/${client}` },
    { name: 'leads', path: '/leads' },
    { name: 'lead', path: `/leads/${lead}` },
    {
      name: 'deliverable',
      path: `/deliverables/${await first('/v1/deliverables?limit=100', 'deliverable_id', ({ status }) => status === 'pending_review')}`,
    },
    { name: 'projects', path: '/projects' },
    {
      name: 'project',
      path: `/projects/${await first(`/v1/projects?lead_id=${lead}`, 'project_id')}`,
    },
    { name: 'invoices', path: '/invoices' },
    {
      name: 'invoice',
      path: `/invoices/${await first('/v1/invoices?status=issued', 'invoice_id')}`,
    },
    { name: 'invoice-paid', path: `/invoices/${paid}` },
    { name: 'flows', path: '/flows' },
    { name: 'new-flow', path: '/flows/new' },
    { name: 'flow', path: '/flows/client-onboarding' },
    { name: 'flow-versions', path: '/flows/client-onboarding/versions' },
    { name: 'runs', path: '/runs' },
    { name: 'run', path: `/runs/${await first('/v1/runs?flow=client-onboarding', 'run_id')}` },
    {
      name: 'run-faulted',
      path: `/runs/${await first('/v1/runs?status=faulted', 'run_id', ({ flow }) => flow === 'newsletter-sync')}`,
    },
    { name: 'run-waiting', path: `/runs/${await first('/v1/runs?status=waiting', 'run_id')}` },
    { name: 'tasks', path: '/tasks' },
    {
      name: 'task',
      path: `/tasks/${await first('/v1/human-tasks?status=open', 'human_task_id', ({ kind }) => kind !== 'approval')}`,
    },
    {
      name: 'task-approval',
      path: `/tasks/${await first('/v1/human-tasks?status=open', 'human_task_id', ({ kind }) => kind === 'approval')}`,
    },
    { name: 'alerts', path: '/alerts' },
    {
      name: 'alert',
      act: (page) => page.getByRole('dialog').waitFor(),
      path: `/alerts?alert=${await first('/v1/alerts', 'alert_id')}`,
    },
    { name: 'webhooks', path: '/webhooks' },
    {
      name: 'webhook-received',
      path: `/webhooks/received/${await first('/v1/webhooks', 'delivery_id', ({ status }) => status === 'accepted')}`,
    },
    { name: 'webhooks-sent', path: '/webhooks/sent' },
    {
      name: 'webhook-sent',
      path: `/webhooks/sent/${await first('/v1/webhook-messages', 'message_id')}`,
    },
    { name: 'webhook-subscriptions', path: '/webhooks/subscriptions' },
    {
      name: 'webhook-subscription',
      path: `/webhooks/subscriptions/${await first('/v1/webhook-subscriptions', 'subscription_id')}`,
    },
    { name: 'connections', path: '/connections' },
    { name: 'connection', path: '/connections/slack' },
    { name: 'connection-ai', path: '/connections/ai' },
    { name: 'ai', path: '/ai' },
    { name: 'sandbox', path: '/sandbox' },
    { name: 'settings', path: '/settings' },
    { name: 'branding', path: '/settings/branding' },
    { name: 'members', path: '/settings/members' },
    { name: 'tokens', path: '/settings/tokens' },
    { name: 'assistant', path: '/settings/assistant' },
    { name: 'forms', path: '/settings/forms' },
    { name: 'form', path: `/settings/forms/${await first('/v1/intake-forms', 'form_id')}` },
    { name: 'prompts', path: '/settings/prompts' },
    { name: 'prompt', path: '/settings/prompts/assessment' },
    { name: 'prompt-edit', path: '/settings/prompts/assessment/edit' },
    { name: 'document-templates', path: '/settings/document-templates' },
    { name: 'alert-settings', path: '/settings/alerts' },
    { name: 'retention', path: '/settings/retention' },
    { name: 'audit', path: '/settings/audit' },
    { name: 'account', path: '/account' },
    { name: 'not-found', path: '/nowhere' },
    { name: 'client-unknown', path: '/clients/client_00000000000000000000000000' },
    { name: 'clients-none', path: '/clients?text=nobody+is+called+so' },
  ]
}

/** What opens over a page. */
export const DIALOGS: readonly Shown[] = [
  { name: 'dialog-palette', path: '/', act: (page) => page.keyboard.press('ControlOrMeta+k') },
  { name: 'dialog-shortcuts', path: '/', act: (page) => page.keyboard.press('?') },
  { name: 'dialog-new-lead', path: '/leads', act: press('Add lead') },
  { name: 'dialog-new-role', path: '/settings/members', act: press('New role') },
  { name: 'dialog-invite', path: '/settings/members', act: press('Invite member') },
  { name: 'dialog-second-factor', path: '/account', act: press('Set up') },
  { name: 'dialog-new-token', path: '/settings/tokens', act: press('Create token') },
  { name: 'dialog-new-form', path: '/settings/forms', act: press('Create form') },
  {
    name: 'dialog-subscription',
    path: '/webhooks/subscriptions',
    act: press('Subscribe'),
  },
  { name: 'dialog-connection', path: '/connections/slack', act: press('Replace settings') },
  { name: 'dialog-start-run', path: '/flows/discount-approval', act: press('Start a run') },
]
