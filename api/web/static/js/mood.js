// A mood in words that claim no more than the numbers behind it.
import { humanName } from "./dom.js";

export const MOODS = ["very_negative", "negative", "neutral", "positive", "very_positive"];
const SURE = 0.5;
// How far from the middle the expected mood must lie for a label to be believed.
const CLEAR = { very_negative: 0.4, negative: 0.15, neutral: 0, positive: 0.15, very_positive: 0.4 };

/**
 * Say how a customer feels.
 * @param {{label: string, score: number, probability?: number}} sentiment lists know no probability
 * @returns {{name: string, label: string, sure: boolean}} `label` is the one to draw: where unsure, that of the score
 */
export function moodOf({ label, score, probability = 1 }) {
  const clear = Math.abs(score) >= CLEAR[label] && (label === "neutral" || label.endsWith("negative") === score < 0);
  if (probability >= SURE && clear) return { name: humanName(label), label, sure: true };
  const nearest = MOODS[Math.round((Math.max(-1, Math.min(1, score)) + 1) * 2)];
  // What would be shown as -0.00 leans nowhere.
  const side = Math.abs(score) < 0.005 ? "" : `, leaning ${score < 0 ? "negative" : "positive"}`;
  return { name: `Unsure${side}`, label: nearest, sure: false };
}
