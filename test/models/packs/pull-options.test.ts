import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { modelCacheFolder, pullOptionsFrom } from '../../../src/models/packs/pull-options.js'

const emptyFolder = () => mkdtemp(join(tmpdir(), 'fld-home-'))

describe('the model cache', () => {
  it.each([
    [{ FLD_CACHE: '/big/models', XDG_CACHE_HOME: '/x', HOME: '/home/me' }, '/big/models'],
    [{ XDG_CACHE_HOME: '/x', HOME: '/home/me' }, join('/x', 'fld')],
    [{ HOME: '/home/me' }, join('/home/me', '.cache', 'fld')],
  ])('of %o lies in %s', (env, folder) => {
    expect(modelCacheFolder(env)).toBe(folder)
  })
})

describe('pull options from the environment', () => {
  it('are the public registry and no folders when nothing is set', async () => {
    const options = await pullOptionsFrom({ HOME: await emptyFolder() }, await emptyFolder())
    expect(options.folders).toEqual([])
    expect(options.npm).toEqual({ registry: 'https://registry.npmjs.org', scopes: {}, tokens: {} })
    expect(options).not.toHaveProperty('hubToken')
  })

  it('name folders, hub and token', async () => {
    const env = {
      HOME: await emptyFolder(),
      FLD_MODELS: `/a${delimiter}/b`,
      HF_ENDPOINT: 'https://hub.test',
      HF_TOKEN: 't',
    }
    expect(await pullOptionsFrom(env, env.HOME)).toMatchObject({
      folders: ['/a', '/b'],
      hubEndpoint: 'https://hub.test',
      hubToken: 't',
    })
  })

  it("take npm's registry from the environment, before the project's .npmrc, before the user's", async () => {
    const [home, project] = [await emptyFolder(), await emptyFolder()]
    await writeFile(
      join(home, '.npmrc'),
      `; mine\nregistry=https://user.test/\n@scope:registry=https://scope.test/npm/\n//scope.test/npm/:_authToken=\${TOKEN}\n`,
    )
    const env = { HOME: home, TOKEN: 'secret' }
    expect((await pullOptionsFrom(env, project)).npm).toEqual({
      registry: 'https://user.test/',
      scopes: { '@scope': 'https://scope.test/npm/' },
      tokens: { '//scope.test/npm/': 'secret' },
    })
    await writeFile(join(project, '.npmrc'), 'registry = "https://project.test/"\n')
    expect((await pullOptionsFrom(env, project)).npm?.registry).toBe('https://project.test/')
    const set = { ...env, npm_config_registry: 'https://env.test/' }
    expect((await pullOptionsFrom(set, project)).npm?.registry).toBe('https://env.test/')
  })

  it('refuse a registry that is no address', async () => {
    const env = { HOME: await emptyFolder(), npm_config_registry: 'registry.test' }
    await expect(pullOptionsFrom(env, env.HOME)).rejects.toThrow(/npm's registry is "registry.test"/)
  })
})
