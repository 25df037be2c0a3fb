/** Every address of the app. Pages link through this, so that an address is written once. */
export const paths = {
  signIn: (returnTo?: string) =>
    returnTo ? `/sign-in?${new URLSearchParams({ return: returnTo })}` : '/sign-in',
  forgotPassword: () => '/forgot-password',
  resetPassword: () => '/reset-password',
  acceptInvitation: () => '/accept-invitation',

  today: () => '/',
  pipeline: () => '/pipeline',
  clients: () => '/clients',
  client: (clientId: string) => `/clients/${clientId}`,
  clientTab: (clientId: string, tab: string) => `/clients/${clientId}/${tab}`,
  leads: () => '/leads',
  leadsOfClient: (clientId: string) => `/leads?client_id=${clientId}`,
  lead: (leadId: string) => `/leads/${leadId}`,
  deliverable: (deliverableId: string) => `/deliverables/${deliverableId}`,
  projects: () => '/projects',
  project: (projectId: string) => `/projects/${projectId}`,
  invoices: () => '/invoices',
  invoice: (invoiceId: string) => `/invoices/${invoiceId}`,
  forms: () => '/settings/forms',
  form: (formId: string) => `/settings/forms/${formId}`,

  flows: () => '/flows',
  newFlow: () => '/flows/new',
  flow: (flow: string) => `/flows/${encodeURIComponent(flow)}`,
  flowEditor: (flow: string) => `/flows/${encodeURIComponent(flow)}/edit`,
  flowVersions: (flow: string) => `/flows/${encodeURIComponent(flow)}/versions`,
  runs: () => '/runs',
  runsOfFlow: (flow: string) => `/runs?${new URLSearchParams({ flow })}`,
  run: (runId: string) => `/runs/${runId}`,
  tasks: () => '/tasks',
  task: (humanTaskId: string) => `/tasks/${humanTaskId}`,
  alerts: () => '/alerts',
  alert: (alertId: string, filter: Record<string, string | boolean> = {}) => {
    const query = Object.entries({ ...filter, alert: alertId }).map(([name, value]) => [
      name,
      String(value),
    ])
    return `/alerts?${new URLSearchParams(query)}`
  },

  webhooks: () => '/webhooks',
  webhook: (deliveryId: string) => `/webhooks/received/${deliveryId}`,
  webhookMessages: () => '/webhooks/sent',
  webhookMessagesTo: (subscriptionId: string) => `/webhooks/sent?subscription_id=${subscriptionId}`,
  webhookMessage: (messageId: string) => `/webhooks/sent/${messageId}`,
  webhookSubscriptions: () => '/webhooks/subscriptions',
  webhookSubscription: (subscriptionId: string) => `/webhooks/subscriptions/${subscriptionId}`,
  events: () => '/events',
  connections: () => '/connections',
  connection: (connector: string) => `/connections/${connector}`,
  ai: () => '/ai',
  sandbox: () => '/sandbox',

  settings: () => '/settings',
  settingsSection: (section: string) => `/settings/${section}`,
  branding: () => '/settings/branding',
  members: () => '/settings/members',
  tokens: () => '/settings/tokens',
  prompts: () => '/settings/prompts',
  prompt: (name: string) => `/settings/prompts/${encodeURIComponent(name)}`,
  editPrompt: (name: string) => `/settings/prompts/${encodeURIComponent(name)}/edit`,
  documentTemplates: () => '/settings/document-templates',
  alertSettings: () => '/settings/alerts',
  retention: () => '/settings/retention',
  assistant: () => '/settings/assistant',
  audit: () => '/settings/audit',
  auditOf: (resource: string) => `/settings/audit?${new URLSearchParams({ resource })}`,
  /** With what went wrong at the provider, if something did. */
  account: (problem?: string) =>
    problem ? `/account?${new URLSearchParams({ problem })}` : '/account',
}
