import { createHmac } from 'node:crypto'
import { createServer, type Server } from 'node:http'

import { ask, type Client, type Program, sendIntake } from './program'

/** Every stage in its order; `lost` leaves from anywhere before `paid`. */
const STAGES = ['assessed', 'proposal', 'contract', 'paid', 'delivered']

type Person = Client & { stage: string }

/** Who the agency works for: names as they come, short and long. */
const CLIENTS: readonly Person[] = [
  { company: 'Northwind Traders', contact: 'Maria Anders', industry: 'Wholesale', stage: 'paid' },
  {
    company: 'Bergmann & Söhne Maschinenbau Gesellschaft mit beschränkter Haftung',
    contact: 'Friederike Bergmann-Hohenstein',
    industry: 'Mechanical engineering',
    budget: '€120,000 - €180,000',
    stage: 'contract',
  },
  { company: 'Café Ørsted', contact: 'Søren Ørsted', industry: 'Hospitality', stage: 'assessed' },
  { company: 'Lumen Dental Group', contact: 'Dr. Amara Nwosu', industry: 'Health', stage: 'paid' },
  {
    company: 'Harbour Lane Hotels',
    contact: 'Jo Whitfield',
    industry: 'Travel',
    stage: 'proposal',
  },
  { company: 'Kestrel Robotics', contact: 'Wei Zhang', industry: 'Robotics', stage: 'delivered' },
  { company: 'Juniper & Thyme', contact: 'Nell Hartley', industry: 'Retail', stage: 'lost' },
  {
    company: 'Atlas Freight International Logistics Partners',
    contact: 'Guillermo Fernández de la Vega',
    industry: 'Logistics',
    stage: 'contract',
  },
  { company: 'Öğretmen & Çelik', contact: 'Ayşe Öğretmen', industry: 'Design', stage: 'proposal' },
  { company: 'Solstice Yoga', contact: 'Priya Raman', industry: 'Fitness', stage: 'assessed' },
]

const APPROVAL = `document: { dsl: 1.0.3, namespace: agency, name: discount-approval, version: 1.0.0, title: Approve a discount }
do:
  - ask:
      call: approval.request
      with:
        title: '\${ "Give \\(.company) \\(.percent) % off?" }'
        description: '\${ .reason }'
        due: '\${ .due }'
        roles: [owner, manager]
        details: '\${ { discount: .percent, quoted: .quoted } }'
  - note: { set: { decision: '\${ .decision }' } }
`

const TASK = `document: { dsl: 1.0.3, namespace: agency, name: kickoff-checklist, version: 1.0.0, title: Prepare a kickoff }
do:
  - collect:
      call: task.assign
      with:
        title: '\${ "Enter the website access for \\(.company)" }'
        description: The team needs it before the kickoff. Ask the client where it is not known.
        due: P2D
        form:
          type: object
          required: [url, platform]
          properties:
            url: { type: string, title: Address of the website }
            platform: { type: string, title: Platform, enum: [WordPress, Shopify, Webflow, Other] }
            notes: { type: string, title: Notes }
`

const REPORT = `document: { dsl: 1.0.3, namespace: agency, name: weekly-report, version: 1.0.0, title: Weekly report }
schedule:
  cron: 0 8 * * 1
do:
  - readLeads: { call: list_leads, with: { status: open } }
  - tellTeam:
      call: slack.post_message
      with: { text: '\${ "Open leads: \\(.items | length)" }' }
`

const SYNC = `document: { dsl: 1.0.3, namespace: agency, name: newsletter-sync, version: 1.0.0, title: Newsletter list }
do:
  - readClients: { call: list_clients, with: { limit: 100 } }
  - pickAddresses:
      set: { addresses: '\${ [.items[].contact_email] }' }
  - hasAddresses:
      switch:
        - none: { when: '\${ .addresses | length == 0 }', then: end }
  - upload:
      raise:
        error:
          type: https://handoff.example/errors/list-refused
          status: 422
          title: List refused
          detail: The newsletter service refused the list “Clients 2026”, since it is archived. Choose another list in the flow, then retry.
`

const AGREEMENT = [
  { name: 'Brand strategy', deliverables: ['Brand guidelines', 'Logo concepts'], amount: '9500' },
  { name: 'Copywriting', deliverables: ['Website copy', 'E-mail sequence'], amount: '6200' },
  { name: 'Website launched', deliverables: ['Website'], amount: '18400' },
  { name: 'Social media launched', deliverables: ['Content calendar'], amount: '4900' },
]

/** Fills a program as an agency in the middle of its work does, by what the program offers everybody. */
export async function fill(program: Program, receiver: string) {
  for (const client of CLIENTS) await sendIntake(program, client.company, client)
  await settle(program, CLIENTS.length + 1)
  await subscribe(program, receiver)
  for (const client of CLIENTS) await advance(program, client)
  await review(program)
  await automate(program)
  await employ(program)
  await publish(program)
  await misbehave(program)
}

async function until<Value>(what: string, look: () => Promise<Value | undefined>): Promise<Value> {
  for (let tries = 0; tries < 600; tries += 1) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  throw new Error(`waited in vain until ${what}`)
}

/** Waits until every client's onboarding is over. */
async function settle(program: Program, count: number) {
  await until('the onboardings are over', async () => {
    const path = '/v1/runs?flow=client-onboarding&status=completed&limit=100'
    const { items } = await ask(program, 'GET', path)
    return items.length < count ? undefined : true
  })
}

/** Another system, which takes what it is sent, and at `/gone` does not. */
export async function receive(): Promise<{ server: Server; host: string }> {
  const server = createServer((request, answer) => {
    request.resume()
    answer.writeHead(request.url === '/gone' ? 503 : 204).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return { server, host: `127.0.0.1:${address.port}` }
}

async function subscribe(program: Program, host: string) {
  const add = (body: object) => ask(program, 'POST', '/v1/webhook-subscriptions', body)
  await add({
    url: `http://${host}/bookkeeping`,
    event_types: ['invoice.issued', 'invoice.paid', 'client.stage.changed'],
    description: 'Bookkeeping',
  })
  await add({
    url: `http://${host}/gone`,
    event_types: ['client.stage.changed', 'project.created'],
    description: 'Data warehouse',
  })
}

/** Takes a client to its stage, with what belongs to it on the way. */
async function advance(program: Program, { company, stage }: Person) {
  const { items } = await ask(program, 'GET', `/v1/clients?text=${encodeURIComponent(company)}`)
  const { client_id } = items[0]
  const move = (to: string) => ask(program, 'PUT', `/v1/clients/${client_id}/stage`, { stage: to })
  if (stage === 'lost') return move('lost')
  for (const next of STAGES.slice(1, STAGES.indexOf(stage) + 1)) await move(next)
  if (STAGES.indexOf('contract') <= STAGES.indexOf(stage)) {
    await agree(program, client_id, company, stage)
  }
}

async function agree(program: Program, clientId: string, company: string, stage: string) {
  const { items } = await ask(program, 'GET', `/v1/leads?client_id=${clientId}`)
  const project = await ask(program, 'POST', '/v1/projects', {
    lead_id: items[0].lead_id,
    name: `${company}: brand, website and social media`,
    services: ['branding', 'website', 'copywriting', 'social_media'],
    status: stage === 'contract' ? 'contract_signed' : 'in_progress',
    estimated_completion: day(70),
    milestones: AGREEMENT.map((milestone, index) => ({
      ...milestone,
      target_date: day(index * 21 - (stage === 'paid' ? 45 : -7)),
    })),
  })
  const isDone = { contract: 0, paid: 2, delivered: AGREEMENT.length }[stage] ?? 0
  const path = `/v1/projects/${project.project_id}/milestones/complete`
  for (const [index, { name, amount }] of AGREEMENT.slice(0, isDone).entries()) {
    await ask(program, 'POST', path, {
      milestone: name,
      trigger_invoice: true,
      invoice_amount: amount,
      completion_percentage: Math.round(((index + 1) * 100) / AGREEMENT.length),
      next_steps: 'The client sends the texts of the subpages by Friday.',
    })
  }
  const invoices = await ask(program, 'GET', `/v1/invoices?project_id=${project.project_id}`)
  const [voided, ...paid] = invoices.items
  if (stage === 'delivered') {
    const reason = 'Invoiced together with the website'
    await ask(program, 'POST', `/v1/invoices/${voided.invoice_id}/void`, { reason })
  }
  for (const { invoice_id } of paid) {
    const payment = { payment_reference: `SEPA ${invoice_id.slice(-6).toUpperCase()}` }
    await ask(program, 'POST', `/v1/invoices/${invoice_id}/pay`, payment)
  }
}

/** `2027-01-31`, in so many days. */
function day(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
}

/** Most texts wait for somebody to read them; some were approved, one was sent back. */
async function review(program: Program) {
  const { items } = await ask(program, 'GET', '/v1/deliverables?limit=100')
  for (const [index, { deliverable_id }] of items.entries()) {
    if (index % 4 === 3) continue
    const isRejected = index === 5
    await ask(program, 'PUT', `/v1/deliverables/${deliverable_id}/review`, {
      decision: isRejected ? 'reject' : 'approve',
      ...(isRejected && {
        note: 'Too general: name the three competitors, and say where we differ.',
      }),
    })
  }
}

async function automate(program: Program) {
  for (const source of [APPROVAL, TASK, REPORT, SYNC]) {
    await ask(program, 'POST', '/v1/flows', { source })
  }
  const begin = (flow: string, input: object) =>
    ask(program, 'POST', `/v1/flows/${flow}/runs`, { input })
  await loseAnAnswer(program)
  await begin('discount-approval', {
    company: 'Bergmann & Söhne Maschinenbau Gesellschaft mit beschränkter Haftung',
    percent: 15,
    quoted: '€ 148,000',
    reason: 'They sign this week if both websites come at one price, says Friederike.',
    due: 'P1D',
  })
  await begin('discount-approval', {
    company: 'Harbour Lane Hotels',
    percent: 5,
    quoted: '$ 38,000',
    reason: 'Payment in advance.',
    due: 'PT1S',
  })
  await begin('kickoff-checklist', { company: 'Northwind Traders' })
  for (let again = 0; again < 2; again += 1) await begin('newsletter-sync', {})
  await until('the list was refused', async () => {
    const { items } = await ask(program, 'GET', '/v1/runs?flow=newsletter-sync&status=faulted')
    return items.length === 2 ? true : undefined
  })
}

/** A message that was sent, or was not: the answer never comes. */
async function loseAnAnswer(program: Program) {
  await ask(program, 'PUT', '/_sandbox/faults/slack', [{ what: 'timeout-after-effect', times: 1 }])
  await ask(program, 'POST', '/v1/flows/weekly-report/runs', {})
}

/** People with their roles, what they carry, and what they know. */
async function employ(program: Program) {
  await ask(program, 'PUT', '/v1/roles/proof_reader', {
    description: 'Reads what goes out, and approves it.',
    permissions: ['read:deliverables', 'review:deliverables', 'read:clients', 'read:leads'],
  })
  const invite = (email: string, role: string) =>
    ask(program, 'POST', '/v1/invitations', { email, role })
  for (const [name, email, role] of [
    ['Ada Lovelace', 'ada@agency.example', 'manager'],
    [
      'Maximiliane von Hohenzollern-Sigmaringen',
      'maximiliane.von.hohenzollern@agency.example',
      'staff',
    ],
  ] as const) {
    const { link } = await invite(email, role)
    const token = new URL(link).hash.slice(1)
    await ask(program, 'POST', '/v1/invitations/acceptance', {
      token: new URLSearchParams(token).get('token') ?? token,
      name,
      password: 'correct horse battery',
    })
  }
  await invite('grace@agency.example', 'proof_reader')
  await ask(program, 'POST', '/v1/tokens', {
    name: 'Bookkeeping export',
    role: 'partner',
    expires_in_days: 90,
  })
  await ask(program, 'POST', '/v1/tokens', {
    name: 'Agent',
    role: 'staff',
    mcp: 'actor',
    expires_in_days: 30,
  })
  const { items } = await ask(program, 'GET', '/v1/clients?text=northwind')
  const remember = (key: string, kind: string, text: string) =>
    ask(program, 'PUT', '/v1/memories', { key, kind, text, client_id: items[0].client_id })
  await remember(
    'tone_of_voice',
    'preference',
    'Warm and plain. No anglicisms, and never “synergy”.',
  )
  await remember(
    'decision_maker',
    'fact',
    'Maria signs up to $ 20,000; above that the board decides.',
  )
}

/** A form, and who filled it in. */
async function publish(program: Program) {
  const form = await ask(program, 'POST', '/v1/intake-forms', {
    title: 'Start a project with us',
    introduction: 'Five minutes, and we answer within two working days.',
    thank_you: 'Thank you. We read it today.',
    allowed_origins: ['https://agency.example'],
  })
  const path = `/api/v1/intake-forms/${form.form_id}/submissions`
  await ask(program, 'POST', path, {
    intake_data: {
      company_name: 'Marlow Wealth Management',
      contact_email: 'desk@marlow.example',
      contact_name: 'Oliver Marlow',
      key_services: ['Branding'],
      project_goals: ['Look as serious as we are'],
      budget: '$20,000 - $35,000',
    },
  })
}

/** What goes wrong from time to time: a wrong signature, an alert that somebody raised. */
async function misbehave(program: Program) {
  const body = JSON.stringify({ event_type: 'client.intake.submitted' })
  await fetch(`${program.url}/api/intake`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-mwd-event-type': 'client.intake.submitted',
      'x-mwd-signature': createHmac('sha256', 'another secret').update(body).digest('hex'),
    },
    body,
  })
  await ask(program, 'POST', '/v1/alerts', {
    kind: 'website.down',
    severity: 'warning',
    cause: 'website.down:northwind',
    title: 'The website of Northwind Traders does not answer',
    detail: { url: 'https://northwind.example', since: '2026-11-20T07:15:00Z' },
  })
  await until('the lost answer was noticed', async () => {
    const { unclear_sends, failed_runs } = await ask(program, 'GET', '/v1/today')
    return unclear_sends.count + failed_runs.count > 2 ? true : undefined
  })
}
