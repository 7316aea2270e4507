import { render } from 'preact';

const place = document.getElementById('app');
if (place) render(<h1>铅垂 Plumbline</h1>, place);
