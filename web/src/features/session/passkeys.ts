import { client, type Schemas } from '~/api/api'

type Challenge = Schemas['PasskeyChallenge']
type Proof = Schemas['PasskeyProof']
type Credential = Proof['credential']

/** Why this browser can use no passkeys here, if it cannot. */
export function whyNoPasskeys(): string | undefined {
  if (window.PublicKeyCredential) return undefined
  return window.isSecureContext === false
    ? 'Browsers use passkeys over https only.'
    : 'This browser knows no passkeys.'
}

/** Signs in without a password: the browser lets the person choose among their passkeys. */
export async function signInWithPasskey(): Promise<Schemas['SignedIn']> {
  const challenge = answerOf(await client.POST('/v1/session/passkey/challenge'))
  const body = await sign(challenge)
  return answerOf(await client.POST('/v1/session/passkey', { body }))
}

/** A proof of who the session is of, by one of their passkeys. */
export async function proveByPasskey(): Promise<Proof> {
  return sign(answerOf(await client.POST('/v1/session/verification/challenge')))
}

/** Has the browser make a passkey, which the server then knows by this name. */
export async function addPasskey(name: string): Promise<Schemas['AddedPasskey']> {
  const challenge = answerOf(await client.POST('/v1/passkeys/challenge'))
  requirePlace(challenge.origin)
  const publicKey = creationOptions(challenge.public_key)
  const made = await navigator.credentials.create({ publicKey }).catch(refuse)
  const body = {
    name,
    challenge_token: challenge.challenge_token,
    credential: written(made),
  }
  return answerOf(await client.POST('/v1/passkeys', { body }))
}

async function sign({ public_key, challenge_token, origin }: Challenge): Promise<Proof> {
  requirePlace(origin)
  const publicKey = requestOptions(public_key)
  const given = await navigator.credentials.get({ publicKey }).catch(refuse)
  return { challenge_token, credential: written(given) }
}

function answerOf<T>({ data, error }: { data?: T; error?: unknown }): T {
  if (data === undefined) throw error
  return data
}

/** Where passkeys can be used instead, when an error says that they cannot be here. */
export function placeOf(error: unknown): string | undefined {
  const isElsewhere = typeof error === 'object' && error !== null && 'origin' in error
  return isElsewhere && typeof error.origin === 'string' ? error.origin : undefined
}

function requirePlace(origin: string) {
  if (origin === window.location.origin) return
  throw { ...notGiven(`Passkeys can be used at ${origin} only.`), origin }
}

const REASONS: Readonly<Record<string, string>> = {
  InvalidStateError: 'This device or password manager holds a passkey of yours already.',
  NotAllowedError: 'No passkey was given. Try again, and confirm it on your device in time.',
  NotSupportedError: 'This device cannot make such a passkey. Try another one.',
  SecurityError: 'Your browser uses no passkeys at this address.',
}

/** What the browser or the person refused, as the API's problems are. */
function refuse(thrown: unknown): never {
  const reason = thrown instanceof DOMException ? REASONS[thrown.name] : undefined
  throw reason ? notGiven(reason) : thrown
}

/** A problem of the browser's side, as the API's are. */
export function notGiven(detail: string) {
  return {
    type: 'about:blank',
    title: 'No passkey was given',
    status: 400,
    code: 'passkey-not-given',
    detail,
  }
}

type Options = Challenge['public_key']

function creationOptions(options: Options): PublicKeyCredentialCreationOptions {
  const json = options as unknown as PublicKeyCredentialCreationOptionsJSON
  if ('parseCreationOptionsFromJSON' in PublicKeyCredential) {
    return PublicKeyCredential.parseCreationOptionsFromJSON(json)
  }
  const { challenge, user, excludeCredentials = [], ...rest } = json
  return {
    ...rest,
    challenge: bytes(challenge),
    user: { ...user, id: bytes(user.id) },
    excludeCredentials: excludeCredentials.map(described),
  } as unknown as PublicKeyCredentialCreationOptions
}

function requestOptions(options: Options): PublicKeyCredentialRequestOptions {
  const json = options as unknown as PublicKeyCredentialRequestOptionsJSON
  if ('parseRequestOptionsFromJSON' in PublicKeyCredential) {
    return PublicKeyCredential.parseRequestOptionsFromJSON(json)
  }
  const { challenge, allowCredentials = [], ...rest } = json
  return {
    ...rest,
    challenge: bytes(challenge),
    allowCredentials: allowCredentials.map(described),
  } as unknown as PublicKeyCredentialRequestOptions
}

function described({ id }: PublicKeyCredentialDescriptorJSON): PublicKeyCredentialDescriptor {
  return { id: bytes(id), type: 'public-key' }
}

/** `PublicKeyCredential.toJSON()`, also where a browser or a password manager has none. */
function written(given: unknown): Credential {
  if (!(given instanceof PublicKeyCredential)) throw notGiven('No passkey was given. Try again.')
  try {
    return given.toJSON()
  } catch {
    return writtenByHand(given)
  }
}

function writtenByHand({ id, rawId, type, response }: PublicKeyCredential): Credential {
  const parts: Record<string, string> = { clientDataJSON: text(response.clientDataJSON) }
  if (response instanceof AuthenticatorAttestationResponse) {
    parts.attestationObject = text(response.attestationObject)
  } else if (response instanceof AuthenticatorAssertionResponse) {
    parts.authenticatorData = text(response.authenticatorData)
    parts.signature = text(response.signature)
    if (response.userHandle) parts.userHandle = text(response.userHandle)
  }
  return { id, rawId: text(rawId), type, response: parts, clientExtensionResults: {} }
}

/** Base64 for addresses, without padding, as the standard's JSON has it. */
function text(buffer: ArrayBuffer): string {
  const letters = String.fromCharCode(...new Uint8Array(buffer))
  return btoa(letters).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function bytes(written: string): Uint8Array<ArrayBuffer> {
  const letters = atob(written.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0))
}
