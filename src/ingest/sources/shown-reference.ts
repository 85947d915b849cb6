/** Names of parameters of an address that let whoever has them in: signatures of AWS, Google and Azure, tokens, keys. */
const lettingIn = /sig|token|cred|secret|pass|key|auth|policy|jwt|session|hmac|hdnt/i

/** A value that nobody types: as long as a token, of a token's letters. */
const opaque = /^[\w+/=%.~-]{32,}$/

/** A reference without the user and the password of an address. */
export function withoutUser(reference: string): string {
  return reference.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1')
}

/**
 * A reference as it may be kept and shown: without user and password, and with `...` for what a signed address is let in by.
 * What else stands in its query tells one image from another and is kept.
 */
export function shownReference(reference: string): string {
  const bare = withoutUser(reference)
  if (!/^https?:\/\//i.test(bare)) return bare
  const [before = '', ...query] = bare.replace(/#.*$/s, '').split('?')
  if (query.length === 0) return before
  const shown = query
    .join('?')
    .split('&')
    .map((parameter) => {
      const [name = '', ...value] = parameter.split('=')
      return lettingIn.test(name) || opaque.test(value.join('=')) || opaque.test(parameter)
        ? `${name.slice(0, 40)}=...`
        : parameter
    })
  return `${before}?${shown.join('&')}`
}
