import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { FldError } from '../../../schemas/errors.js'

/** The part of npm's configuration that says where packages are. */
export interface NpmSettings {
  readonly registry: string
  /** Registries of single scopes, by `@scope`. */
  readonly scopes: Readonly<Record<string, string>>
  /** Bearer tokens by registry without its scheme (`//registry.example/npm/`). */
  readonly tokens: Readonly<Record<string, string>>
}

export const publicNpm: NpmSettings = { registry: 'https://registry.npmjs.org', scopes: {}, tokens: {} }

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Registry, scoped registries and tokens as npm itself would use them: the environment (`npm_config_registry`, which
 * npm sets for the scripts it runs), before the working folder's .npmrc, before the user's.
 * Throws FldError `config_invalid` for a registry that is no http(s) address.
 */
export async function readNpmSettings(env: Environment, workingFolder: string): Promise<NpmSettings> {
  const userFile = env.npm_config_userconfig ?? env.NPM_CONFIG_USERCONFIG ?? join(env.HOME ?? homedir(), '.npmrc')
  const user = await readNpmrc(userFile, env)
  const project = await readNpmrc(join(workingFolder, '.npmrc'), env)
  const values = new Map([...user, ...project])
  const registry = env.npm_config_registry ?? env.NPM_CONFIG_REGISTRY ?? values.get('registry')
  return {
    registry: checked(registry ?? publicNpm.registry, 'registry'),
    scopes: pick(values, /^(@[^:]+):registry$/, (value, key) => checked(value, key)),
    tokens: pick(values, /^(\/\/.+):_authToken$/, (value) => value),
  }
}

/** The registry of a package (`@scope/name` or `name`), without a slash at its end. */
export function registryOf(settings: NpmSettings, packageName: string): string {
  const scope = packageName.startsWith('@') ? packageName.slice(0, packageName.indexOf('/')) : ''
  return (settings.scopes[scope] ?? settings.registry).replace(/\/+$/, '')
}

/** The token for an address below a registry that has one; null for any other address. */
export function tokenFor(settings: NpmSettings, url: URL): string | null {
  const address = `//${url.host}${url.pathname}`
  for (const [registry, token] of Object.entries(settings.tokens)) {
    if (address.startsWith(registry.endsWith('/') ? registry : `${registry}/`)) return token
  }
  return null
}

async function readNpmrc(path: string, env: Environment): Promise<Map<string, string>> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const values = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*([^#;=\s][^=]*?)\s*=\s*"?(.*?)"?\s*$/.exec(line)
    if (match === null) continue
    const [, key = '', value = ''] = match
    values.set(
      key,
      value.replace(/\$\{([^}]+)\}/g, (whole, name: string) => env[name] ?? whole),
    )
  }
  return values
}

function pick(
  values: ReadonlyMap<string, string>,
  pattern: RegExp,
  use: (value: string, key: string) => string,
): Record<string, string> {
  const picked: Record<string, string> = {}
  for (const [key, value] of values) {
    const name = pattern.exec(key)?.[1]
    if (name !== undefined) picked[name] = use(value, key)
  }
  return picked
}

function checked(registry: string, key: string): string {
  if (/^https?:\/\/[^\s/]+/.test(registry)) return registry
  throw new FldError('config_invalid', `npm's ${key} is "${registry}": an http or https address is needed`)
}
