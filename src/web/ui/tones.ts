/** How grave something is, for badges, notices and meters; words say it too, as a colour alone tells nobody. */
export type Tone = "neutral" | "info" | "good" | "warning" | "danger";
