import { Router } from 'express';

export const landingRoutes = Router();
landingRoutes.get('/', (_req, res) => res.render('pages/landing/index'));
