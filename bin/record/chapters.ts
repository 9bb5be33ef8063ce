import { recordECommerce } from './e-commerce.ts';
import type { Scene } from './recorder.ts';

/** The chapters of docs/ that show recorded messages, each with the scene that is played for it. */
export const RECORDED_CHAPTERS: Readonly<Record<string, Scene>> = { 'e-commerce': recordECommerce };
