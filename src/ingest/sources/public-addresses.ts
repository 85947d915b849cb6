import { type LookupAddress, type LookupAllOptions, type LookupOneOptions, lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { refusedItem } from './source.js'

/**
 * Addresses that are of no public host: this machine, private networks and those of carriers, link-local ones (cloud machines
 * answer for themselves there), documentation, benchmarks, multicast and reserved ones (IANA's special-purpose registries,
 * RFC 6890).
 */
const special = new BlockList()
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // A platform's own: machines on Azure are told their settings there.
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  special.addSubnet(network, bits, 'ipv4')
}
for (const [network, bits] of [
  ['::', 96],
  // Addresses of IPv4 in other clothes: translated, tunnelled.
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['100:0:0:1::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const) {
  special.addSubnet(network, bits, 'ipv6')
}

/** Whether an IP address is one of the public internet. IPv4 written as IPv6 (::ffff:a.b.c.d) is looked at as IPv4. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address)
  return version !== 0 && !special.check(address, version === 6 ? 'ipv6' : 'ipv4')
}

/**
 * Looks a host up for a connection, which is made to what was checked and not to what a second question would give. Fails with
 * FldError `image_refused` where any address of it is not public.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  const all: LookupAllOptions = { ...options, all: true }
  lookup(hostname, all, (error, addresses) => {
    if (error !== null) return callback(error, [])
    const strange = addresses.find(({ address }) => !isPublicAddress(address))
    if (strange !== undefined) return callback(privateHost(hostname, strange.address), [])
    if (wantsAll(options)) return callback(null, addresses)
    const [first] = addresses satisfies LookupAddress[]
    callback(null, first?.address ?? '', first?.family)
  })
}

function wantsAll(options: LookupAllOptions | LookupOneOptions): boolean {
  return options.all === true
}

/** The refusal of a host that is not public. */
export function privateHost(hostname: string, address: string): Error {
  const where = hostname === address ? address : `${hostname} is ${address}, which`
  return refusedItem(
    'source_denied',
    `${where} is no address of the public internet; --allow-private-addresses lets it be asked`,
  )
}
