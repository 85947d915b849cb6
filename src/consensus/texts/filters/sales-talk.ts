/**
 * How what is sold is praised: at the start of a text, of a sentence or of a part of one. A description may well name such
 * words later on, as those of a sign.
 */
const openings: readonly RegExp[] = [
  /^(?:buy|shop|order|book|call|subscribe|register|sign up|apply|download|donate|pre-?order) (?:[\w'’-]+ ){0,4}(?:now|today|online)\b/i,
  /^(?:shop|browse|discover|explore|check out|buy|order|get|save on) (?:our|your|all our|the (?:latest|newest|best|full|whole))\b/i,
  /^(?:a )?(?:limited|special|exclusive|introductory|unbeatable)(?:[- ]time)? (?:offers?|deals?|discounts?|promotions?|prices?)\b/i,
  /^(?:(?:best|low|lowest|great|unbeatable) )prices?\b/i,
  /^(?:free|fast|same[- ]day|next[- ]day) (?:shipping|delivery|returns)\b/i,
  /^(?:now |save |get )?(?:up to )?\d{1,2} ?% (?:off|discount)\b/i,
  /^(?:save|get) (?:up to )?(?:[$€£]\d+|\d{1,2} ?%)/i,
  /^(?:while (?:stocks?|supplies) lasts?|add to (?:cart|basket|bag|wish ?list)|buy (?:it )?now|out of stock|money[- ]back)\b/i,
]

/** Where one part of a text ends and the next begins. */
const partEnds = /[.!?:;,|•·–—]+|\s-\s/

/** The words with which a text sells something, or asks to be clicked on; null where it does not. */
export function salesTalkIn(text: string): string | null {
  for (const part of text.split(partEnds)) {
    for (const opening of openings) {
      const found = opening.exec(part.trim())
      if (found !== null) return found[0]
    }
  }
  return null
}
