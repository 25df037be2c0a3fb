import { expect, test } from 'vitest'

import { paths } from './paths'

test('every address of the app', () => {
  const addresses = Object.fromEntries(
    Object.entries(paths).map(([name, path]) => [name, withLetters(path)]),
  )
  expect(addresses).toMatchInlineSnapshot(`
    {
      "acceptInvitation": "/accept-invitation",
      "account": "/account?problem=a",
      "ai": "/ai",
      "alert": "/alerts?alert=a",
      "alertSettings": "/settings/alerts",
      "alerts": "/alerts",
      "assistant": "/settings/assistant",
      "audit": "/settings/audit",
      "auditOf": "/settings/audit?resource=a",
      "branding": "/settings/branding",
      "client": "/clients/a",
      "clientTab": "/clients/a/b",
      "clients": "/clients",
      "connection": "/connections/a",
      "connections": "/connections",
      "deliverable": "/deliverables/a",
      "documentTemplates": "/settings/document-templates",
      "editPrompt": "/settings/prompts/a/edit",
      "events": "/events",
      "flow": "/flows/a",
      "flowEditor": "/flows/a/edit",
      "flowVersions": "/flows/a/versions",
      "flows": "/flows",
      "forgotPassword": "/forgot-password",
      "form": "/settings/forms/a",
      "forms": "/settings/forms",
      "invoice": "/invoices/a",
      "invoices": "/invoices",
      "lead": "/leads/a",
      "leads": "/leads",
      "leadsOfClient": "/leads?client_id=a",
      "members": "/settings/members",
      "newFlow": "/flows/new",
      "pipeline": "/pipeline",
      "project": "/projects/a",
      "projects": "/projects",
      "prompt": "/settings/prompts/a",
      "prompts": "/settings/prompts",
      "resetPassword": "/reset-password",
      "retention": "/settings/retention",
      "run": "/runs/a",
      "runs": "/runs",
      "runsOfFlow": "/runs?flow=a",
      "sandbox": "/sandbox",
      "settings": "/settings",
      "settingsSection": "/settings/a",
      "signIn": "/sign-in?return=a",
      "task": "/tasks/a",
      "tasks": "/tasks",
      "today": "/",
      "tokens": "/settings/tokens",
      "webhook": "/webhooks/received/a",
      "webhookMessage": "/webhooks/sent/a",
      "webhookMessages": "/webhooks/sent",
      "webhookMessagesTo": "/webhooks/sent?subscription_id=a",
      "webhookSubscription": "/webhooks/subscriptions/a",
      "webhookSubscriptions": "/webhooks/subscriptions",
      "webhooks": "/webhooks",
    }
  `)
})

test('what comes after signing in is kept in the address', () => {
  expect(paths.signIn('/leads?status=open')).toBe('/sign-in?return=%2Fleads%3Fstatus%3Dopen')
})

test('names of flows are escaped', () => {
  expect(paths.flow('intake/assess it')).toBe('/flows/intake%2Fassess%20it')
})

/** The address with a letter for each thing that it names. */
function withLetters(path: (...names: never[]) => string): string {
  const letters = 'abc'.slice(0, path.length).split('')
  return (path as (...names: string[]) => string)(...letters)
}
