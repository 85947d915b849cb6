import { FldError } from '../../../schemas/errors.js'

/** Where an OpenAI-compatible endpoint is and the key it wants. */
export interface EndpointTarget {
  /** Of its chat completions. */
  readonly url: URL
  /** Sent as a bearer token; null sends none. */
  readonly key: string | null
}

/**
 * The endpoint of an annotator: the one of the environment, else the address among its options. A key goes to the
 * address it was set with and nowhere else. Throws FldError `config_invalid`, which never shows a key.
 */
export function endpointTarget(
  environment: { readonly url: string; readonly key: string | null } | undefined,
  optionUrl: string | undefined,
): EndpointTarget {
  if (environment !== undefined) {
    return {
      url: chatUrl(environment.url, 'FLD_ENDPOINT_URL'),
      key: environment.key === null ? null : checkedKey(environment.key),
    }
  }
  if (optionUrl !== undefined) return { url: chatUrl(optionUrl, 'the option "url"'), key: null }
  throw new FldError(
    'config_invalid',
    'No endpoint is set: FLD_ENDPOINT_URL (or the option "url") gives the address of an OpenAI-compatible server, such as http://host:8000/v1.',
  )
}

function chatUrl(address: string, origin: string): URL {
  const url = URL.canParse(address) ? new URL(address) : null
  // Not shown as it is: it may be a key in the wrong place.
  if (url === null || !/^https?:$/.test(url.protocol) || url.host === '') {
    throw new FldError('config_invalid', `${origin} is no address such as http://host:8000/v1`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new FldError('config_invalid', `${origin} has a login in it; a key belongs in FLD_ENDPOINT_KEY`)
  }
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/chat/completions`
  url.hash = ''
  return url
}

/** What a header cannot carry would be refused by fetch with the key in its message. */
function checkedKey(key: string): string {
  if (/^[\x21-\x7e]+$/.test(key)) return key
  throw new FldError('config_invalid', 'FLD_ENDPOINT_KEY is empty, or has blanks or characters outside ASCII in it')
}
