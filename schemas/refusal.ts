/**
 * How models begin when they will not, or cannot, say what is in a picture. Looked for at the start of an answer only,
 * where no description begins so: a picture may well show a sign that says "Sorry, we're closed".
 */
const openings: readonly RegExp[] = [
  /^(?:oh,? )?(?:i['\u2019]?m|i am) (?:(?:very|really|so|truly|deeply) )?(?:sorry|afraid)\b/i,
  /^(?:(?:very|so) )?sorry,? (?:but )?(?:i|this|that|as|the request|there)\b/i,
  /^(?:i |my |please accept my )?apolog(?:ies|y|i[sz]e)\b/i,
  /^(?:unfortunately,? |regrettably,? )?(?:i|we) (?:can['\u2019]?t|can ?not|could ?n['\u2019]?t|could not|won['\u2019]?t|will not|must decline|do not have|don['\u2019]?t have|don['\u2019]?t see|do not see|don['\u2019]?t feel|refuse|decline)\b/i,
  /^(?:unfortunately,? |regrettably,? )?(?:i['\u2019]?m|i am|we['\u2019]?re|we are) (?:currently )?(?:unable|not able|not (?:comfortable|allowed|permitted|designed|programmed))\b/i,
  /^as an? (?:[a-z-]+ )?(?:ai|artificial intelligence|(?:large |vision |multimodal |text-based )*(?:language )?model|language model|assistant|chatbot)\b/i,
  /^(?:i['\u2019]?m|i am) (?:just |only )?an? (?:[a-z-]+ )?(?:ai|language model|assistant|text-based)\b/i,
  /^(?:it (?:looks|seems|appears)(?: like| that)? )?(?:no|there is no|there was no) (?:image|picture|photo) (?:was |has been |is )?(?:provided|attached|uploaded|given|available|visible)\b/i,
  /^it (?:looks|seems|appears) (?:like |that )?(?:you (?:have not|haven['\u2019]?t|did not|didn['\u2019]?t)|the image (?:did not|didn['\u2019]?t|was not|wasn['\u2019]?t))\b/i,
  /^please (?:provide|upload|share|attach|send)\b/i,
]

/** The words with which an answer refuses; null where it does not. */
export function refusalIn(text: string): string | null {
  for (const opening of openings) {
    const found = opening.exec(text)
    if (found !== null) return found[0]
  }
  return null
}
