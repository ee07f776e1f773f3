/** Light, dark, or as the system has it: kept in this browser. */

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "bithedge.theme";

export function readTheme(storage: Pick<Storage, "getItem">): Theme {
  const kept = storage.getItem(KEY);
  return THEMES.find((theme) => theme === kept) ?? "system";
}

/** styles.css goes by the attribute; without it, by the system. */
export function applyTheme(theme: Theme, root: HTMLElement): void {
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
}

export function keepTheme(theme: Theme, storage: Pick<Storage, "setItem">, root: HTMLElement): void {
  storage.setItem(KEY, theme);
  applyTheme(theme, root);
}
