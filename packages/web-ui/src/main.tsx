/** Begins the web UI in the page that loads it. */
import { render } from 'preact';
import { watchVisibility } from './live/poll.ts';
import { App } from './shell/app.tsx';
import { listenForShortcuts } from './shortcuts/shortcuts.tsx';
import { showTheme } from './widgets/theme.ts';
import 'uplot/dist/uPlot.min.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/pages.css';

showTheme();
watchVisibility();
listenForShortcuts();
const app = document.getElementById('app')!;
app.replaceChildren(); // The bar that stood there until the script was.
render(<App />, app);
