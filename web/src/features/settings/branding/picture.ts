export const PICTURE_TYPES = 'image/png,image/jpeg,image/svg+xml'

const BYTES_MAX = 500_000

/** A picture that was chosen and is not saved yet. */
export type Picture = { name: string; address: string; base64: string }

/** Why a file cannot be the logo. */
export function problemOfFile({ size, type }: { size: number; type: string }): string | undefined {
  if (!PICTURE_TYPES.split(',').includes(type)) return 'Choose a PNG, JPEG or SVG picture.'
  if (size > BYTES_MAX) return 'Choose a picture of at most 500 kB.'
  return undefined
}

export async function readPicture(file: File): Promise<Picture> {
  const address = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader()
    reader.addEventListener('load', () => resolve(String(reader.result)))
    reader.addEventListener('error', () => reject(reader.error))
    reader.readAsDataURL(file)
  })
  return { name: file.name, address, base64: address.slice(address.indexOf(',') + 1) }
}
