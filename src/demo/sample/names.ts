type Names = readonly [string, ...string[]];

/** Given and family names of one culture. The people made of them are fictional. */
export type NameTradition = Readonly<{ given: Names; family: Names }>;

export const traditions: readonly [NameTradition, ...NameTradition[]] = [
  toTradition(
    'Astrid, Björn, Freja, Henrik, Ingrid, Jørgen, Linnéa, Søren, Tuva, Åse',
    'Ahlström, Bergqvist, Dahl, Ekholm, Holmgård, Nygaard, Sandvik, Østergaard',
  ),
  toTradition(
    'Alejandra, Andrés, Beatriz, Emilia, Íñigo, Joaquín, Lucía, Mateo, Rocío, Tomás',
    'Aguirre Solís, Castañeda, Figueroa, Ibáñez, Montalvo, Peñaloza, Quiroga, Zúñiga',
  ),
  toTradition(
    'Aarav, Ananya, Devika, Farhan, Ishaan, Kavya, Meera, Nikhil, Priya, Rohan',
    'Bhattacharya, Chowdhury, Deshpande, Iyer, Kulkarni, Menon, Rathore, Siddiqui',
  ),
  toTradition(
    'Abena, Adaeze, Chidi, Efua, Folarin, Kofi, Kwabena, Ngozi, Temitope, Yaa',
    'Acheampong, Adeyemi, Boateng, Danquah, Ezeudu, Mensah, Nwosu, Olatunji',
  ),
  toTradition(
    'Amal, Bilal, Dalia, Hisham, Karim, Layla, Nadia, Omar, Salma, Tariq',
    'Abu Zaid, al-Masri, Barakat, Ghanem, Khalil, Nasser, Rahmani, Sabbagh',
  ),
  toTradition(
    'Haruka, Jiho, Lan, Mei-Ling, Minh, Ren, Seo-yeon, Thảo, Wei, Yuto',
    'Fujimori, Hoàng, Kawaguchi, Lim, Nguyễn, Ouyang, Park, Zheng',
  ),
  toTradition(
    'Agnieszka, Bohdan, Czesław, Dorota, Jiří, Katarzyna, Miloš, Oksana, Vesna, Žofie',
    'Černý, Jankowski, Kovačević, Łukasik, Novotná, Petrenko, Šimek, Wiśniewska',
  ),
  toTradition(
    'Aoife, Bronwen, Cillian, Eleanor, Fergus, Gwen, Hamish, Niamh, Rhys, Saoirse',
    'Ashworth, Carrick, Llewellyn, MacAllister, O’Shaughnessy, Penrose, St Clair, Whitlock',
  ),
  toTradition(
    'Ayşe, Can, Defne, Emre, Gülsüm, İpek, Kerem, Onur, Şule, Yiğit',
    'Akıncı, Çelebi, Demirci, Gündoğan, Kılıçoğlu, Özbek, Şahinler, Yıldırım',
  ),
  toTradition(
    'Aroha, Hemi, Kalani, Leilani, Manaia, Mele, Sione, Talia, Tevita, Wiremu',
    'Faleolo, Kahananui, Ngata, Parata, Taufahema, Te Kanawa, Tuilagi, Waititi',
  ),
];

/** Centers of a fictional school. */
export const centers: Names = splitNames(
  'Alder Hill, Cedar Bay, Harbour Street, Lindenhof, Marigold Lane, Northlight, Riverside East, Saltmarsh',
);

function toTradition(given: string, family: string): NameTradition {
  return { given: splitNames(given), family: splitNames(family) };
}

function splitNames(names: string): Names {
  return names.split(', ') as [string, ...string[]];
}
