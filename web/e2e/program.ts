import { spawn } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'

/** What the sandbox signs webhooks with. */
const WEBHOOK_SECRET = 'whsec_c2FuZGJveC13ZWJob29rLXNlY3JldC0wMDAwMDAwMQ=='

/** A running program with its sandbox, one journey done. */
export interface Program {
  url: string
  email: string
  password: string
  token: string
  stop: () => Promise<void>
}

/** Starts the program that was built, with data of its own and what else its environment is to say. */
export async function start(environment: Record<string, string> = {}): Promise<Program> {
  const binary = process.env.HANDOFF_BINARY
  if (!binary) throw new Error('HANDOFF_BINARY names no program; use `cargo xtask web browser`')
  const data = await mkdtemp(join(tmpdir(), 'handoff-browser-'))
  const child = spawn(binary, ['demo', '--data', join(data, 'demo'), '--listen', '127.0.0.1:0'], {
    env: { ...process.env, ...environment },
  })
  let said = ''
  const invited = new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('Ctrl-C stops it')) resolve()
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('exit', (code) => reject(new Error(`the program ended (${code}):\n${said}`)))
  })
  await invited
  const found = (pattern: RegExp) => {
    const match = pattern.exec(said)?.[1]
    if (!match) throw new Error(`the program did not say ${pattern}:\n${said}`)
    return match
  }
  return {
    url: found(/Sign in at (\S+)/),
    email: found(/^ {2}(\S+@\S+) {3}/m),
    password: found(/^ {2}\S+@\S+ {3}(\S+)/m),
    token: found(/HANDOFF_TOKEN=(\S+)/),
    stop: async () => {
      child.removeAllListeners('exit')
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
      await rm(data, { recursive: true, force: true })
    },
  }
}

/** Asks the program as somebody with a token, to prepare what a page shows then. */
export async function ask(program: Program, method: string, path: string, body?: unknown) {
  const response = await fetch(`${program.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${program.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
  return text ? JSON.parse(text) : null
}

/** Who fills in an intake, where it matters. */
export interface Client {
  company: string
  contact?: string
  industry?: string
  budget?: string
}

/** Sends an intake as the invoice system does, signed as its contract says. */
export async function sendIntake(
  program: Program,
  company: string,
  {
    contact = 'Jane Roe',
    industry = 'B2B SaaS',
    budget = '$50,000 - $75,000',
  }: Partial<Client> = {},
) {
  const latin = company
    .normalize('NFKD')
    .replaceAll(/\p{Mark}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z]+/g, '-')
  const slug = latin.replaceAll(/^-|-$/g, '').slice(0, 40) || 'hello'
  const body = JSON.stringify({
    event_type: 'client.intake.submitted',
    event_id: randomUUID(),
    timestamp: new Date().toISOString(),
    intake_data: {
      company_name: company,
      industry,
      target_audience: 'Enterprise software teams',
      key_services: ['Website Design', 'Branding'],
      brand_values: ['Innovation', 'Trust'],
      competitors: ['Competitor A'],
      unique_selling_point: 'AI-powered workflow automation',
      project_goals: ['Launch new brand'],
      budget,
      timeline: '3-4 months',
      contact_email: `hello@${slug}.example`,
      contact_name: contact,
      phone: '+1-555-0123',
    },
    invoice_system_metadata: {
      lead_id: `lead_${slug}`,
      form_id: 'v2',
      source: 'website_form',
      assigned_to: 'sales',
    },
  })
  const signature = createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex')
  const response = await fetch(`${program.url}/api/intake`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-mwd-event-type': 'client.intake.submitted',
      'x-mwd-signature': signature,
    },
    body,
  })
  if (!response.ok)
    throw new Error(`the intake was answered ${response.status}: ${await response.text()}`)
}

/** The code of an authenticator app (RFC 6238) for a secret in base 32. */
export function totp(secret: string, at = Date.now()): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret]
    .map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0'))
    .join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const mac = createHmac('sha1', key).update(counter).digest()
  const offset = (mac.at(-1) ?? 0) & 0xf
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** Gives an e-mail address and a password where one signs in. */
export async function signIn(
  page: Page,
  { url, email, password }: Pick<Program, 'url' | 'email' | 'password'>,
) {
  await page.goto(`${url}/sign-in`)
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

/** Signs in as the owner, and waits until the first page is there. */
export async function enter(page: Page, program: Program) {
  await signIn(page, program)
  await page.getByRole('heading', { name: 'Today' }).waitFor()
}
