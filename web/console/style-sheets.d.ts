// Style sheets are imported for their effect: Vite puts them beside the script.
declare module '*.css';
declare module '@fontsource-variable/*';
