/** Where the reader chooses light or dark. */
import { Menu } from "@base-ui/react/menu";
import { Check, Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";
import { keepTheme, readTheme, THEMES, type Theme } from "./theme";

const NAMES: Record<Theme, string> = { system: "As the system", light: "Light", dark: "Dark" };
const ICONS = { system: Monitor, light: Sun, dark: Moon };

export function ThemeMenu() {
  const [theme, setTheme] = useState(() => readTheme(localStorage));
  const choose = (next: Theme) => {
    keepTheme(next, localStorage, document.documentElement);
    setTheme(next);
  };
  const Icon = ICONS[theme];
  return (
    <Menu.Root>
      <Menu.Trigger className="icon-button" aria-label={`Appearance: ${NAMES[theme]}`}>
        <Icon size={18} aria-hidden />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={6} align="end" className="menu-positioner">
          <Menu.Popup className="menu-popup">
            <Menu.RadioGroup value={theme} onValueChange={choose}>
              {THEMES.map((name) => (
                <Menu.RadioItem key={name} value={name} className="menu-item" closeOnClick>
                  {NAMES[name]}
                  <Menu.RadioItemIndicator>
                    <Check size={14} aria-hidden />
                  </Menu.RadioItemIndicator>
                </Menu.RadioItem>
              ))}
            </Menu.RadioGroup>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
